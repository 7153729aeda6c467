"""Who waits for a connection is served in turn."""

import asyncio
import random
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util.queue import Empty, Full

from async_app.resilience.queue import FairQueue
from migration_guide.kit.lab.stacks import RESILIENT, STOCK
from migration_guide.kit.lab.waiting import wait_until
from tests.async_app.resilience.work import Bench, checked_out, read, warm

ONE_CONNECTION: Mapping[str, Any] = MappingProxyType({"pool_size": 1, "max_overflow": 0})


async def _served(engine: AsyncEngine, who: str, order: list[str]) -> None:
    async with engine.connect():
        order.append(who)


@pytest.mark.parametrize(
    ("driver", "expected"),
    [(RESILIENT, ["first", "second", "late"]), (STOCK, ["late", "second", "first"])],
    ids=["resilient", "stock, the control"],
)
async def test_who_comes_just_when_a_connection_is_given_back_does_not_overtake(
    bench: Bench, driver: str, expected: list[str]
) -> None:
    order: list[str] = []
    async with bench.engine(driver, pool_timeout=10, **ONE_CONNECTION) as engine:
        await warm(engine, 1)
        async with asyncio.TaskGroup() as others, engine.connect():
            for name in ("first", "second"):
                others.create_task(_served(engine, name, order))
                await _until_it_waits()

            def arrive(*_: object) -> None:
                others.create_task(_served(engine, "late", order))

            event.listen(engine.sync_engine, "checkin", arrive, once=True)
    assert order == expected


async def _until_it_waits() -> None:
    for _ in range(10):  # turns of the loop: nothing is to be seen from outside
        await asyncio.sleep(0)


async def test_a_connection_that_is_handed_to_someone_who_leaves_goes_on(bench: Bench) -> None:
    async with bench.engine(pool_timeout=10, **ONE_CONNECTION) as engine:
        await warm(engine, 1)
        async with engine.connect():
            leaving, staying = (asyncio.create_task(read(engine)) for _ in range(2))
            await _until_it_waits()
        leaving.cancel()  # in the turn in which it is given the connection
        assert await staying == 1
        with pytest.raises(asyncio.CancelledError):
            await leaving
        assert checked_out(engine) == 0


async def test_no_slot_is_lost_by_impatience(bench: Bench) -> None:
    """Timeouts and cancellations in any turn, with connections in overflow besides."""
    choice = random.Random(1)  # noqa: S311 -- reproducible

    async def impatient(engine: AsyncEngine) -> None:
        try:
            async with asyncio.timeout(choice.uniform(0, 0.01)):
                await read(engine)
        except (TimeoutError, PoolTimeoutError):
            pass

    async with bench.engine(pool_size=2, max_overflow=2, pool_timeout=0.005) as engine:
        for _ in range(20):
            await asyncio.gather(*(impatient(engine) for _ in range(50)))
        await wait_until(lambda: checked_out(engine) == 0, deadline_s=5, what="the last of them")
    async with bench.engine(pool_size=2, max_overflow=2, pool_timeout=5) as engine:
        await asyncio.gather(*(read(engine) for _ in range(50)))


async def test_the_queue_itself() -> None:
    """What a pool does not ask for, too: the order is chosen, and it has a limit."""
    fifo, lifo = FairQueue[int](2), FairQueue[int](2, use_lifo=True)
    queues: tuple[Any, Any] = fifo, lifo
    for queue in queues:
        assert queue.empty()
        queue.put(1)
        queue.put(2)
        assert queue.full()
        assert queue.qsize() == 2
        with pytest.raises(Full):
            queue.put(3)
    assert (fifo.get_nowait(), lifo.get(block=False)) == (1, 2)
    fifo.get()
    with pytest.raises(Empty):
        fifo.get(block=False)
    assert not FairQueue[int](0).full()

"""How connections end: nobody waits for a peer that does not answer, and nothing stays behind."""

import asyncio
import gc
import time
import warnings
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool
from sqlalchemy.util.concurrency import greenlet_spawn

from migration_guide.kit.lab.stacks import STOCK
from migration_guide.kit.lab.waiting import wait_until
from tests.async_app.resilience.work import (
    TWO_SETTINGS,
    Bench,
    checked_out,
    counted,
    read,
    read_wrongly,
    seconds,
    warm,
)

CLOSE_TIMEOUT_S = 0.5
SLACK_S = 1.0
RECYCLING = {**TWO_SETTINGS, "pool_recycle": 0}
"""Each connection is too old at its next checkout."""


async def no_session_left(bench: Bench) -> None:
    async def none() -> bool:
        return not await bench.sessions()

    await wait_until(none, deadline_s=10, what="the server's sessions to end")


async def timed(engine: AsyncEngine) -> float:
    return await seconds(lambda: read(engine))


async def test_recycling_across_a_silent_drop_costs_no_wait(bench: Bench) -> None:
    costs = []
    async with bench.engine(settings=RECYCLING) as engine:
        for _ in range(5):
            await read(engine)
            bench.proxy.timeout(existing=True, new=False)
            costs.append(await timed(engine))
        assert counted(engine)["recycled"] == 9
    # A wait for a goodbye would be close_timeout, 2 s. The best of five leaves out the machine.
    assert min(costs) < 0.05


async def test_the_stock_dialect_waits_for_the_goodbye(bench: Bench) -> None:
    """The control."""
    async with bench.engine(STOCK, settings=RECYCLING) as engine:
        await read(engine)
        bench.proxy.timeout(existing=True, new=False)
        assert await timed(engine) > 1.9


@pytest.mark.parametrize("healthy", [True, False])
async def test_dispose_ends_within_its_bound(bench: Bench, *, healthy: bool) -> None:
    async with bench.engine(pool_size=20, close_timeout=CLOSE_TIMEOUT_S) as engine:
        await warm(engine, 20)
        if not healthy:
            bench.proxy.timeout()
        took = await seconds(engine.dispose)
        if healthy:
            assert not await bench.sessions()  # nothing is left to wait for
            assert counted(engine) == {"connects": 20, "closed": 20}
        else:
            assert CLOSE_TIMEOUT_S <= took < CLOSE_TIMEOUT_S + SLACK_S  # all at the same time
            assert counted(engine) == {"connects": 20, "aborted": 20}
        assert took < CLOSE_TIMEOUT_S + SLACK_S


async def test_the_stock_dispose_has_no_bound(bench: Bench) -> None:
    """The control."""
    async with bench.engine(STOCK) as engine:
        await warm(engine, 1)
        bench.proxy.timeout()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(CLOSE_TIMEOUT_S + SLACK_S):
                await engine.dispose()


async def test_goodbyes_do_not_pile_up(bench: Bench) -> None:
    """Where a new connection would be one too many for the server, the oldest is cut short."""
    options: dict[str, Any] = {
        "pool_size": 1,
        "max_overflow": 0,
        "close_timeout": CLOSE_TIMEOUT_S,
    }
    async with bench.engine(settings=RECYCLING, **options) as engine:
        costs = []
        for _ in range(5):
            costs.append(await timed(engine))
            bench.proxy.timeout(existing=True, new=False)
        assert max(costs) < CLOSE_TIMEOUT_S / 2
        assert counted(engine)["aborted"] >= 2


async def test_an_invalidated_connection_is_not_waited_for(bench: Bench) -> None:
    async with bench.engine() as engine, engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
        bench.proxy.timeout()
        assert await seconds(connection.invalidate) < SLACK_S


async def test_a_rollback_that_nobody_answers_is_bounded(bench: Bench) -> None:
    async with bench.engine(close_timeout=CLOSE_TIMEOUT_S) as engine:
        connection = await engine.connect()
        await connection.execute(text("SELECT 1"))
        bench.proxy.timeout(existing=True, new=False)
        start = time.monotonic()
        with pytest.raises(OperationalError):
            await connection.close()
        assert time.monotonic() - start < CLOSE_TIMEOUT_S + SLACK_S
        assert await read(engine) == 1
        assert counted(engine)["timed_out"] == 1


async def test_a_statement_past_its_deadline_is_an_operational_error(bench: Bench) -> None:
    async with bench.engine(command_timeout=0.3) as engine:
        with pytest.raises(OperationalError, match="did not answer in time") as caught:
            await run(engine, "SELECT pg_sleep(20)")
        assert caught.value.connection_invalidated
        assert await read(engine) == 1
        await engine.dispose()
        await no_session_left(bench)  # the statement, too, was cancelled on the server


async def test_a_black_hole_mid_query_costs_its_deadline_and_no_more(bench: Bench) -> None:
    async with bench.engine(command_timeout=0.5) as engine:
        await warm(engine, 3)
        asyncio.get_running_loop().call_later(0.1, lambda: bench.proxy.timeout(new=False))
        start = time.monotonic()
        with pytest.raises(OperationalError):
            await run(engine, "SELECT pg_sleep(20)")
        assert time.monotonic() - start < 0.5 + SLACK_S
        assert await read(engine) == 1
        assert checked_out(engine) == 0


async def test_a_commit_into_a_black_hole_is_bounded(bench: Bench) -> None:
    async with bench.engine(command_timeout=0.5) as engine:
        connection = await engine.connect()
        await connection.execute(text("SELECT 1"))
        bench.proxy.timeout(existing=True, new=False)
        with pytest.raises(OperationalError) as caught:
            await connection.commit()
        assert caught.value.connection_invalidated
        await connection.close()
        assert await read(engine) == 1


async def run(engine: AsyncEngine, statement: str) -> None:
    async with engine.connect() as connection:
        await connection.execute(text(statement))


@pytest.mark.parametrize("moment", ["connect", "query", "stream", "commit", "rollback", "close"])
async def test_a_cancellation_at_any_moment_leaks_nothing(bench: Bench, moment: str) -> None:
    async with bench.engine(settings={}) as engine:
        await read(engine)
        if moment == "connect":
            await engine.dispose()
        bench.proxy.latency(0.2)
        work, answers = MOMENTS[moment]
        before = bench.proxy.round_trips
        task = asyncio.create_task(work(engine))

        async def in_the_middle() -> bool:
            if moment == "query":
                return any("active: SELECT pg_sleep" in each for each in await bench.sessions())
            return bench.proxy.round_trips >= before + answers  # the last has 0.2 s to go yet

        await wait_until(in_the_middle, deadline_s=10, what=f"the {moment} to be under way")
        assert not task.done()
        task.cancel()
        await asyncio.wait([task])
        bench.proxy.heal()
        assert checked_out(engine) == 0
        assert await read(engine) == 1
        await engine.dispose()
        await no_session_left(bench)


async def _stream(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        async for _ in await connection.stream(text("SELECT generate_series(1, 1000000)")):
            pass


async def _long(engine: AsyncEngine) -> None:
    await run(engine, "SELECT pg_sleep(20)")


async def _in_transaction(engine: AsyncEngine, *ends: str) -> None:
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
        for end in ends:
            await getattr(connection, end)()


MOMENTS: dict[str, tuple[Callable[[AsyncEngine], Coroutine[Any, Any, Any]], int]] = {
    "connect": (read, 1),
    "query": (_long, 0),  # runs on the server
    "stream": (_stream, 3),
    "commit": (lambda engine: _in_transaction(engine, "commit"), 3),
    "rollback": (lambda engine: _in_transaction(engine, "rollback"), 3),
    "close": (_in_transaction, 3),
}
"""What is cancelled, and when: as the server's answer of that number comes by the proxy."""


async def test_an_argument_that_asyncpg_refuses_leaves_no_lock(bench: Bench) -> None:
    async with bench.engine(isolation_level="AUTOCOMMIT") as engine:
        with pytest.raises(DBAPIError):
            await read_wrongly(engine)
        async with bench.server.connect(bench.database) as admin:
            await admin.execute("SET lock_timeout = '1s'")
            async with admin.transaction():
                await admin.execute("LOCK TABLE items IN ACCESS EXCLUSIVE MODE")


async def test_an_engine_is_disposed_of_in_another_event_loop(bench: Bench) -> None:
    def in_two_loops() -> None:
        engine = create_async_engine(bench.url(), pool_size=1, max_overflow=0, pool_timeout=3)
        asyncio.run(read_and_leave(engine))
        asyncio.run(engine.dispose())
        assert asyncio.run(read_and_leave(engine)) == 1
        asyncio.run(engine.dispose())

    async def read_and_leave(engine: AsyncEngine) -> int:
        return await read(engine)

    await asyncio.to_thread(in_two_loops)
    await no_session_left(bench)
    with warnings.catch_warnings():  # a closed loop leaves its sockets to the garbage collector
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


async def test_the_end_of_the_event_loop_closes_what_was_just_given_back(bench: Bench) -> None:
    async def one_off() -> None:
        engine = create_async_engine(bench.url(), poolclass=NullPool)
        connection = await engine.raw_connection()
        await greenlet_spawn(connection.close)  # asyncio.run() ends before the goodbye begins

    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        await asyncio.to_thread(lambda: asyncio.run(one_off()))
        gc.collect()
    await no_session_left(bench)


async def test_a_garbage_collected_connection_is_closed(bench: Bench) -> None:
    async with bench.engine() as engine:
        connection: Any = await engine.connect()
        await connection.execute(text("SELECT 1"))
        connection = None
        with pytest.warns(Warning, match="garbage collector"):
            gc.collect()
        await no_session_left(bench)

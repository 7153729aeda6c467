"""Many random cancellations under load leave nothing behind."""

import asyncio
import random

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from async_app.resilience.state import EngineState
from migration_guide.kit.lab.waiting import wait_until
from tests.async_app.resilience.work import Bench, checked_out, counted, read, seconds

TASKS = 16
SEED = 20
PACES = 4
"""A request is cancelled after at most so many times what new connections take here and now."""


async def one_request(engine: AsyncEngine, number: int) -> None:
    """A read, a write, a stream, a long query; each may be cancelled at many moments."""
    if number % 7 == 0:  # would go on for long if the server were not told
        async with engine.connect() as connection:
            await connection.execute(text("SELECT pg_sleep(60)"))
    elif number % 3 == 0:
        await read(engine)
    elif number % 3 == 1:
        async with AsyncSession(engine) as session, session.begin():
            await session.execute(text("SELECT pg_sleep(0.001)"))
            await session.execute(text("UPDATE items SET name = name WHERE id = :id"), {"id": 1})
    else:
        async with engine.connect() as connection:
            async for _ in await connection.stream(text("SELECT generate_series(1, 200)")):
                pass


async def cancel_many(engine: AsyncEngine, count: int) -> int:
    """Start *count* requests, 16 at a time, and cancel each at a random moment."""
    longest_s = PACES * await seconds(lambda: asyncio.gather(*(read(engine) for _ in range(10))))
    chance = random.Random(SEED)  # noqa: S311
    numbers = iter(range(count))
    cancelled = 0

    async def client() -> None:
        nonlocal cancelled
        for number in numbers:
            task = asyncio.create_task(one_request(engine, number))
            # Many within the milliseconds of a hot request; and late enough for a new connection,
            # or each would be cancelled while it connects and no query ever run.
            await asyncio.wait([task], timeout=longest_s * chance.random() ** 2)
            cancelled += task.cancel()
            await asyncio.wait([task])
            if not task.cancelled():
                task.result()  # an error is a finding

    await asyncio.gather(*(client() for _ in range(TASKS)))
    return cancelled


@pytest.mark.timeout(600)
async def test_random_cancellations_leak_no_slot_and_no_query(
    bench: Bench, request: pytest.FixtureRequest
) -> None:
    count = request.config.getoption("--cancellations")
    # asyncpg leaves a line in the log where the question for TLS is cancelled.
    no_tls = {"sslmode": "disable"}
    async with bench.engine(pool_size=5, max_overflow=5, connect_args=no_tls) as engine:
        assert await cancel_many(engine, count) > count / 4
        assert counted(engine)["connects"] > count / 20  # what was cancelled was also a query
        assert checked_out(engine) == 0

        async def none_works() -> bool:
            return all(session.startswith("idle: ") for session in await bench.sessions())

        await wait_until(none_works, deadline_s=10, what="the server's work to end")
        await asyncio.gather(*(read(engine) for _ in range(10)))  # every slot still gives
        assert checked_out(engine) == 0
        await engine.dispose()

        async def none_is_left() -> bool:
            return not await bench.sessions()

        await wait_until(none_is_left, deadline_s=10, what="the sessions to end")


async def test_a_connection_that_is_only_aborted_leaves_its_query_running(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: that queries end is not the server's doing."""
    monkeypatch.setattr(EngineState, "close_in_background", EngineState.abort)
    async with bench.engine() as engine:
        await read(engine)
        task = asyncio.create_task(one_request(engine, 0))

        async def it_runs() -> bool:
            return any("pg_sleep" in session for session in await bench.sessions())

        await wait_until(it_runs, deadline_s=10, what="the query to run")
        task.cancel()
        await asyncio.wait([task])
        await engine.dispose()
        assert await it_runs()
    await bench.server.terminate_sessions(bench.database)

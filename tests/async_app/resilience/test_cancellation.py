"""Many random cancellations under load leave nothing behind."""

import asyncio
import os
import random
import signal

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from async_app.resilience import state
from async_app.resilience.state import EngineState
from migration_guide.kit.lab.waiting import wait_until
from tests.async_app.resilience.work import AUTOCOMMIT, Bench, checked_out, counted, read, seconds

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


async def one_runs(bench: Bench) -> bool:
    return any("pg_sleep" in session for session in await bench.sessions())


async def overtaken_by_its_cancellation(bench: Bench, engine: AsyncEngine) -> None:
    """A statement of a minute that the server reads after the request to cancel it."""
    sleep = text("SELECT pg_sleep(:seconds)")
    sent: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def request() -> None:
        async with engine.connect() as connection:
            backend = await connection.scalar(text("SELECT pg_backend_pid()"))
            await connection.execute(sleep, {"seconds": 0})  # prepared: the next is one message
            os.kill(backend, signal.SIGSTOP)
            sent.set_result(backend)
            await connection.execute(sleep, {"seconds": 60})

    task = asyncio.create_task(request())
    backend, before = await sent, bench.proxy.accepted
    try:
        task.cancel()
        await asyncio.wait([task])

        def asked() -> bool:
            return bench.proxy.accepted > before and bench.proxy.open_connections == 1

        await wait_until(asked, deadline_s=10, what="the request to cancel to be taken")
    finally:
        os.kill(backend, signal.SIGCONT)
    await wait_until(lambda: one_runs(bench), deadline_s=10, what="the statement to run")


async def test_a_statement_overtaken_by_its_cancellation_is_cancelled_again(bench: Bench) -> None:
    async with bench.engine(**AUTOCOMMIT) as engine:
        await overtaken_by_its_cancellation(bench, engine)

        async def none_runs() -> bool:
            return not await one_runs(bench)

        await wait_until(none_runs, deadline_s=10, what="the statement to end")
        assert counted(engine)["aborted"] == 1


async def test_otherwise_it_runs_on(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: asyncpg asks once."""
    monkeypatch.setattr(state, "_cancel_request", lambda _: None)
    async with bench.engine(**AUTOCOMMIT) as engine:
        await overtaken_by_its_cancellation(bench, engine)
        await engine.dispose()
        assert counted(engine)["aborted"] == 1
        assert await one_runs(bench)
    await bench.server.terminate_sessions(bench.database)


async def test_a_connection_that_is_only_aborted_leaves_its_query_running(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: that queries end is not the server's doing."""
    monkeypatch.setattr(EngineState, "close_in_background", EngineState.abort)
    async with bench.engine() as engine:
        await read(engine)
        task = asyncio.create_task(one_request(engine, 0))
        await wait_until(lambda: one_runs(bench), deadline_s=10, what="the query to run")
        task.cancel()
        await asyncio.wait([task])
        await engine.dispose()
        assert await one_runs(bench)
    await bench.server.terminate_sessions(bench.database)

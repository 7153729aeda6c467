"""The wait for a connection is bounded as a whole, and ends when it can."""

import asyncio
import time

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine

from async_app.resilience.pool import RECYCLE_JITTER, ResilientQueuePool
from migration_guide.kit.lab.stacks import STOCK
from migration_guide.kit.lab.waiting import wait_until
from tests.async_app.resilience.work import (
    ALWAYS_PING,
    TWO_SETTINGS,
    Bench,
    checked_out,
    counted,
    read,
    seconds,
    warm,
)

POOL_TIMEOUT_S = 1.0
"""Enough for a new connection on a busy machine: what a test sets up is bounded by it too."""
SLACK_S = 1.0


async def times_out(engine: AsyncEngine) -> float:
    """How long a checkout takes that gets nothing."""
    start = time.monotonic()
    with pytest.raises(PoolTimeoutError):
        await read(engine)
    return time.monotonic() - start


async def test_a_pool_that_is_used_up(bench: Bench) -> None:
    async with (
        bench.engine(pool_size=1, max_overflow=0, pool_timeout=POOL_TIMEOUT_S) as engine,
        engine.connect(),
    ):
        assert POOL_TIMEOUT_S <= await times_out(engine) < POOL_TIMEOUT_S + SLACK_S
        assert counted(engine)["pool_timeouts"] == 1


async def test_the_error_tells_the_state_of_the_pool(bench: Bench) -> None:
    async with (
        bench.engine(pool_size=1, max_overflow=1, pool_timeout=POOL_TIMEOUT_S) as engine,
        engine.connect(),
        engine.connect(),
    ):
        with pytest.raises(
            PoolTimeoutError, match=r" 1 s \(size=1, checked out=2, overflow=1 of 1\)"
        ):
            await read(engine)


async def test_a_server_that_does_not_let_in(bench: Bench) -> None:
    async with bench.engine(pool_timeout=POOL_TIMEOUT_S) as engine:
        bench.proxy.timeout()
        assert await times_out(engine) < POOL_TIMEOUT_S + SLACK_S
        assert checked_out(engine) == 0


async def test_the_stock_pool_does_not_bound_a_connection_attempt(bench: Bench) -> None:
    """The control."""
    async with bench.engine(STOCK, pool_timeout=POOL_TIMEOUT_S) as engine:
        bench.proxy.timeout()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(POOL_TIMEOUT_S + SLACK_S):
                await read(engine)


async def test_ping_and_reconnect_share_the_time(bench: Bench) -> None:
    async with bench.engine(pool_timeout=POOL_TIMEOUT_S, ping_timeout=0.7, **ALWAYS_PING) as engine:
        await warm(engine, 1)
        bench.proxy.timeout()
        assert await times_out(engine) < POOL_TIMEOUT_S + SLACK_S
        bench.proxy.heal()
        assert await read(engine) == 1


async def test_a_ping_longer_than_the_wait_is_cut_short(bench: Bench) -> None:
    async with bench.engine(pool_timeout=POOL_TIMEOUT_S, ping_timeout=30, **ALWAYS_PING) as engine:
        await warm(engine, 1)
        bench.proxy.timeout()
        assert await times_out(engine) < POOL_TIMEOUT_S + SLACK_S
        assert checked_out(engine) == 0


async def test_stale_siblings_are_condemned_where_the_wait_is_shorter_than_a_ping(
    bench: Bench,
) -> None:
    async with bench.engine(
        pool_timeout=POOL_TIMEOUT_S, ping_timeout=1.2 * POOL_TIMEOUT_S, **ALWAYS_PING
    ) as engine:
        await warm(engine, 5)
        bench.proxy.timeout(existing=True, new=False)
        for _ in range(5):
            assert await read(engine) == 1
        assert counted(engine)["found_silent"] == 1


async def test_a_cancellation_from_outside_stays_one(bench: Bench) -> None:
    async with bench.engine(pool_timeout=30) as engine:
        bench.proxy.timeout()
        task = asyncio.create_task(read(engine))
        await wait_until(
            lambda: bench.proxy.accepted == 1, deadline_s=5, what="the connection attempt"
        )
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert checked_out(engine) == 0


async def _all_fail(engine: AsyncEngine) -> list[BaseException | int]:
    return await asyncio.gather(*(read(engine) for _ in range(6)), return_exceptions=True)


async def test_a_failed_connect_lets_the_next_in_the_queue_try(bench: Bench) -> None:
    async with bench.engine(pool_size=1, max_overflow=1, pool_timeout=30) as engine:
        bench.proxy.stop()
        async with asyncio.timeout(10):
            errors = await _all_fail(engine)
        assert {type(error) for error in errors} == {OperationalError}
        assert checked_out(engine) == 0


async def test_the_stock_pool_leaves_the_queue_waiting(bench: Bench) -> None:
    """The control: some wait for a connection that nobody has any more."""
    async with bench.engine(STOCK, pool_size=1, max_overflow=1, pool_timeout=1.5) as engine:
        bench.proxy.stop()
        errors = await _all_fail(engine)
        assert any(isinstance(error, PoolTimeoutError) for error in errors)


async def test_a_pool_without_limit_has_no_queue(bench: Bench) -> None:
    async with (
        bench.engine(pool_size=0, pool_timeout=POOL_TIMEOUT_S) as engine,
        engine.connect(),
        engine.connect(),
    ):
        assert await read(engine) == 1


@pytest.mark.parametrize("jitter", [RECYCLE_JITTER, 0.0, 0.5])
async def test_lifetimes_differ_by_the_jitter(bench: Bench, jitter: float) -> None:
    async with bench.engine(pool_recycle_jitter=jitter) as engine:
        for _ in range(2):
            pool = engine.pool
            assert isinstance(pool, ResilientQueuePool)
            lives = [pool.lifetime_s() for _ in range(500)]
            assert 300 * (1 - jitter) <= min(lives) <= max(lives) <= 300
            if jitter:
                assert max(lives) - min(lives) > 300 * jitter * 0.9
            await engine.dispose()  # the pool that follows has the same settings


async def test_a_pool_does_not_die_all_at_once(bench: Bench) -> None:
    settings = {**TWO_SETTINGS, "pool_recycle": 2}
    async with bench.engine(settings=settings, pool_recycle_jitter=1.0) as engine:
        await warm(engine, 5)
        end = time.monotonic() + 10
        seen = set()
        while counted(engine).get("recycled", 0) < 5 and time.monotonic() < end:
            await warm(engine, 5)
            seen.add(counted(engine).get("recycled", 0))
        assert len(seen) > 3


async def test_without_recycling_a_connection_stays(bench: Bench) -> None:
    async with bench.engine(settings={"pool_pre_ping": True}) as engine:
        await warm(engine, 3)
        await warm(engine, 3)
        assert "recycled" not in counted(engine)


async def test_work_in_a_checkout_is_not_bounded_by_its_timeout(bench: Bench) -> None:
    async with bench.engine(pool_timeout=POOL_TIMEOUT_S, **ALWAYS_PING) as engine:
        await warm(engine, 1)
        async with engine.connect() as connection:
            took = await seconds(lambda: connection.execute(text("SELECT pg_sleep(1.5)")))
        assert took >= 1.5

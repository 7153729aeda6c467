"""What a checkout costs, and what it does about connections that are dead."""

import asyncio
from typing import Any

import asyncpg
import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import NullPool
from sqlalchemy.util.concurrency import greenlet_spawn

from async_app import resilience
from async_app.resilience.state import EngineState
from migration_guide.kit.lab.stacks import RESILIENT, STOCK
from tests.async_app.resilience.work import (
    ALWAYS_PING,
    AUTOCOMMIT,
    Bench,
    checked_out,
    counted,
    read,
    round_trips,
    seconds,
    warm,
)

PING_TIMEOUT_S = EngineState.ping_timeout
CONNECT_S = 1.0  # on a busy machine; it takes some ms


UPDATE = "UPDATE items SET name = name WHERE id = 1"


async def write(engine: AsyncEngine, statement: str = UPDATE) -> None:
    async with engine.begin() as connection:
        await connection.execute(text(statement))


@pytest.mark.parametrize(
    ("driver", "options", "expected"),
    [
        (RESILIENT, AUTOCOMMIT, 1),
        (RESILIENT, {**AUTOCOMMIT, **ALWAYS_PING}, 2),
        (RESILIENT, {}, 3),
        (RESILIENT, ALWAYS_PING, 4),
        (STOCK, {}, 6),
        (STOCK, AUTOCOMMIT, 2),
    ],
)
async def test_round_trips_of_a_read(
    bench: Bench, driver: str, options: dict[str, Any], expected: int
) -> None:
    async with bench.engine(driver, **options) as engine:
        for _ in range(2):
            await read(engine)
        assert await round_trips(bench, lambda: read(engine)) == expected


@pytest.mark.parametrize(("driver", "expected"), [(RESILIENT, 3), (STOCK, 6)])
async def test_round_trips_of_a_write(bench: Bench, driver: str, expected: int) -> None:
    async with bench.engine(driver) as engine:
        for _ in range(2):
            await write(engine)
        assert await round_trips(bench, lambda: write(engine)) == expected


async def test_a_connection_idle_longer_than_the_bypass_is_pinged(bench: Bench) -> None:
    async with bench.engine(ping_bypass=0.2, **AUTOCOMMIT) as engine:
        await warm(engine, 1)
        await asyncio.sleep(0.25)  # the idle time is what is tested
        assert await round_trips(bench, lambda: read(engine)) == 2
        assert await round_trips(bench, lambda: read(engine)) == 1
        assert counted(engine) == {"connects": 1, "pings": 1, "pings_skipped": 1}


async def test_without_pre_ping_nothing_is_pinged(bench: Bench) -> None:
    async with bench.engine(settings={}, **AUTOCOMMIT, **ALWAYS_PING) as engine:
        await warm(engine, 1)
        assert await round_trips(bench, lambda: read(engine)) == 1
        assert counted(engine) == {"connects": 1}


async def test_a_black_hole_costs_one_ping_timeout_for_all_stale_connections(bench: Bench) -> None:
    async with bench.engine(**ALWAYS_PING) as engine:
        connect_s = await seconds(lambda: warm(engine, 5)) / 5
        bench.proxy.timeout(existing=True, new=False)
        first = await seconds(lambda: read(engine))
        assert PING_TIMEOUT_S <= first < PING_TIMEOUT_S + connect_s + 0.2
        assert await seconds(lambda: warm(engine, 5)) < 5 * connect_s + 0.2
        assert counted(engine)["found_silent"] == 1  # not one for each
        assert counted(engine)["aborted"] == 5  # nor is a goodbye said to its siblings


async def test_a_black_hole_met_by_many_at_once_costs_each_one_ping_timeout(bench: Bench) -> None:
    async with bench.engine(**ALWAYS_PING) as engine:
        await warm(engine, 5)
        bench.proxy.timeout(existing=True, new=False)
        took = await seconds(lambda: asyncio.gather(*(read(engine) for _ in range(15))))
        assert took < PING_TIMEOUT_S + 3 * CONNECT_S
        assert checked_out(engine) == 0


async def test_the_stock_dialect_hangs_in_a_black_hole(bench: Bench) -> None:
    """The control."""
    async with bench.engine(STOCK) as engine:
        await warm(engine, 1)
        bench.proxy.timeout(existing=True, new=False)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(PING_TIMEOUT_S + CONNECT_S):
                await read(engine)


async def test_a_closed_connection_is_replaced_without_asking_and_alone(bench: Bench) -> None:
    async with bench.engine() as engine:
        await warm(engine, 3)
        async with engine.connect() as one:
            pid = (await one.execute(text("SELECT pg_backend_pid()"))).scalar_one()
        accepted = bench.proxy.accepted
        async with bench.server.connect() as admin:
            await admin.execute("SELECT pg_terminate_backend($1, 5000)", pid)
        for _ in range(3):
            await warm(engine, 3)
        assert bench.proxy.accepted == accepted + 1
        assert counted(engine)["found_closed"] == 1


async def test_the_stock_dialect_replaces_all(bench: Bench) -> None:
    """The control."""
    async with bench.engine(STOCK) as engine:
        await warm(engine, 3)
        accepted = bench.proxy.accepted
        async with engine.connect() as one:
            pid = (await one.execute(text("SELECT pg_backend_pid()"))).scalar_one()
        async with bench.server.connect() as admin:
            await admin.execute("SELECT pg_terminate_backend($1, 5000)", pid)
        for _ in range(3):
            await warm(engine, 3)
        assert bench.proxy.accepted == accepted + 3


@pytest.mark.parametrize("close", ["reset_peer", "close_peer"])
async def test_all_closed_connections_are_replaced_unnoticed(bench: Bench, close: str) -> None:
    async with bench.engine() as engine:
        await warm(engine, 3)
        getattr(bench.proxy, close)()
        await warm(engine, 3)
        assert counted(engine)["found_closed"] == 3


async def test_the_loss_of_one_in_use_has_its_siblings_asked(bench: Bench) -> None:
    """Within the bypass they would not be."""
    async with bench.engine(ping_bypass=60) as engine:
        await warm(engine, 3)
        with pytest.raises(OperationalError) as caught:
            async with engine.connect() as one:
                await one.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        assert caught.value.connection_invalidated
        bench.proxy.timeout(existing=True, new=False)
        assert await seconds(lambda: read(engine)) < PING_TIMEOUT_S + CONNECT_S
        assert counted(engine)["found_silent"] == 1


async def test_without_pre_ping_the_loss_of_one_replaces_all(bench: Bench) -> None:
    async with bench.engine(settings={}) as engine:
        await warm(engine, 3)
        bench.proxy.reset_peer()
        with pytest.raises(OperationalError) as caught:
            await read(engine)
        assert caught.value.connection_invalidated
        await warm(engine, 3)


async def test_a_failed_ping_is_told_to_the_listeners_of_errors(bench: Bench) -> None:
    seen = []
    async with bench.engine() as engine:
        event.listen(
            engine.sync_engine,
            "handle_error",
            lambda context: seen.append((context.is_pre_ping, context.is_disconnect)),
        )
        await warm(engine, 1)
        bench.proxy.reset_peer()
        await read(engine)
    assert seen == [(True, True)]


async def test_a_ping_that_is_cancelled_leaks_no_slot(bench: Bench) -> None:
    async with bench.engine(ping_timeout=30, **ALWAYS_PING) as engine:
        await warm(engine, 1)
        bench.proxy.timeout(existing=True, new=False)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await read(engine)
        assert checked_out(engine) == 0
        assert await seconds(lambda: read(engine)) < CONNECT_S


async def test_a_server_that_is_away_is_an_operational_error(bench: Bench) -> None:
    async with bench.engine() as engine:
        await warm(engine, 1)
        bench.proxy.stop()
        with pytest.raises(OperationalError, match=r"port \d+ failed: .*Errno 111"):
            await read(engine)
        assert checked_out(engine) == 0


async def test_with_a_null_pool_each_connection_is_new(bench: Bench) -> None:
    async with bench.engine(settings={"poolclass": NullPool}) as engine:
        for _ in range(3):
            await read(engine)
        assert counted(engine)["connects"] == 3


async def test_a_second_black_hole_right_after_the_first_is_survived_too(bench: Bench) -> None:
    async with bench.engine(**ALWAYS_PING) as engine:
        for _ in range(3):
            await warm(engine, 2)
            bench.proxy.timeout(existing=True, new=False)
            assert await seconds(lambda: read(engine)) < PING_TIMEOUT_S + CONNECT_S
            bench.proxy.heal()


async def test_the_price_of_the_bypass_is_one_error_within_the_deadline(bench: Bench) -> None:
    async with bench.engine(ping_bypass=60, command_timeout=0.5) as engine:
        await warm(engine, 3)
        bench.proxy.timeout(existing=True, new=False)
        with pytest.raises(DBAPIError) as caught:
            await read(engine)
        assert isinstance(caught.value, OperationalError)
        assert caught.value.connection_invalidated
        assert await seconds(lambda: read(engine)) < PING_TIMEOUT_S + CONNECT_S


async def test_a_ping_that_gets_an_error_for_an_answer_condemns_its_connection_alone(
    bench: Bench,
) -> None:
    """Left in a failed transaction, since nobody resets it."""
    async with bench.engine(pool_reset_on_return=None, ping_bypass=0) as engine:
        await warm(engine, 3)
        raw: Any = await engine.raw_connection()
        await raw.driver_connection.execute("BEGIN")
        with pytest.raises(asyncpg.PostgresError):
            await raw.driver_connection.execute("SELECT 1 / 0")
        await greenlet_spawn(raw.close)
        accepted = bench.proxy.accepted
        await warm(engine, 3)
        assert bench.proxy.accepted == accepted + 1
        assert counted(engine)["found_broken"] == 1


async def test_a_handler_that_calls_an_error_a_disconnect_has_the_pool_replaced(
    bench: Bench,
) -> None:
    async with bench.engine() as engine:

        @event.listens_for(engine.sync_engine, "handle_error")
        def disconnect(context: Any) -> None:
            context.is_disconnect = True

        await warm(engine, 3)
        with pytest.raises(DBAPIError):
            await write(engine, "SELECT 1 / 0")
        accepted = bench.proxy.accepted
        await warm(engine, 3)
        assert bench.proxy.accepted == accepted + 3


async def test_the_counters_account_for_every_connection(bench: Bench) -> None:
    async with bench.engine() as engine:
        for _ in range(5):
            await warm(engine, 2)
            bench.proxy.reset_peer()
            with pytest.raises(DBAPIError):
                await write(engine, "SELECT pg_terminate_backend(pg_backend_pid())")
        await warm(engine, 2)
        counts = resilience.counters(engine)
        gone = counts.ended_by_peer + counts.closed + counts.aborted
        assert counts.connects - gone == bench.proxy.open_connections == 2
        assert counts.lost == 5


async def test_counters_of_another_dialect_are_refused(bench: Bench) -> None:
    async with bench.engine(STOCK) as engine:
        with pytest.raises(TypeError, match=r"postgresql\+resilient_asyncpg in its URL"):
            resilience.counters(engine)

"""Behind a real PgBouncer in transaction mode, as Debian ships it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from migration_guide.kit.lab.pooler import PgBouncer, find_pgbouncer
from migration_guide.kit.lab.proxy import FaultProxy
from migration_guide.kit.lab.server import Server
from migration_guide.kit.lab.stacks import RESILIENT, STOCK
from tests.async_app.resilience.work import (
    ALWAYS_PING,
    AUTOCOMMIT,
    TWO_SETTINGS,
    Bench,
    read,
    read_wrongly,
    round_trips,
)

pytestmark = pytest.mark.skipif(
    find_pgbouncer() is None, reason="there is no program pgbouncer on this machine"
)

SERVER_CONNECTIONS = 2
TASKS = 16
REQUESTS = 2000
POOLED: dict[str, Any] = {"transaction_pooler": True}


@pytest.fixture(scope="module")
async def pooler(server: Server, database: str) -> AsyncIterator[PgBouncer]:
    async with PgBouncer(server.url(database), pool_size=SERVER_CONNECTIONS) as running:
        yield running


@pytest.fixture
def bench(server: Server, database: str, pooler: PgBouncer) -> Iterator[Bench]:
    """The proxy stands between the engine and the pooler."""
    with FaultProxy(pooler.host, pooler.port) as proxy:
        yield Bench(server, proxy, database)


async def work(engine: AsyncEngine, number: int) -> None:
    async with engine.connect() as connection:
        # Each with a text of its own now and then, so that statements are prepared all the time.
        query = text(f"SELECT id, name, {number % 40} FROM items WHERE id = :id")  # noqa: S608
        row = (await connection.execute(query, {"id": number % 9 + 1})).one()
        assert row.name == f"item {row.id}"
        if number % 4 == 0:
            await connection.execute(
                text("UPDATE items SET name = :name WHERE id = :id"), dict(row._mapping)
            )
            await connection.commit()


async def errors_under_load(engine: AsyncEngine) -> list[DBAPIError]:
    """2,000 reads and writes from 16 tasks."""
    numbers, errors = iter(range(REQUESTS)), []

    async def client() -> None:
        for number in numbers:
            try:
                await work(engine, number)
            except DBAPIError as error:
                errors.append(error)

    await asyncio.gather(*(client() for _ in range(TASKS)))
    return errors


async def named_statements(pooler: PgBouncer) -> int:
    """How many are left on the server's connections, which all serve at the same time."""
    engine = create_async_engine(pooler.url().replace("postgresql://", f"{RESILIENT}://"), **POOLED)
    async with engine.connect() as one, engine.connect() as other:
        counts = [
            (await each.execute(text("SELECT count(*) FROM pg_prepared_statements"))).scalar_one()
            for each in (one, other)
        ]
        pids = {
            (await each.execute(text("SELECT pg_backend_pid()"))).scalar_one()
            for each in (one, other)
        }
    await engine.dispose()
    assert len(pids) == SERVER_CONNECTIONS
    return sum(counts)


@pytest.mark.parametrize("options", [{}, AUTOCOMMIT], ids=["transaction", "autocommit"])
async def test_no_statement_fails_and_none_is_left(
    bench: Bench, pooler: PgBouncer, options: dict[str, Any]
) -> None:
    async with bench.engine(**POOLED, **options) as engine:
        assert await errors_under_load(engine) == []
    assert await named_statements(pooler) == 0


@pytest.mark.parametrize("options", [{}, AUTOCOMMIT], ids=["transaction", "autocommit"])
async def test_an_argument_that_asyncpg_refuses_does_not_keep_a_server_connection(
    bench: Bench, options: dict[str, Any]
) -> None:
    async with bench.engine(**POOLED, **options) as engine:
        for _ in range(2 * SERVER_CONNECTIONS):
            with pytest.raises(DBAPIError):
                await read_wrongly(engine)
        async with bench.engine(**POOLED) as other, asyncio.timeout(10):
            assert await read(other) == 1


async def test_without_the_option_statements_fail(bench: Bench, pooler: PgBouncer) -> None:
    """The control."""
    async with bench.engine(**AUTOCOMMIT) as engine:
        errors = await errors_under_load(engine)
    assert errors
    assert await named_statements(pooler) > 0


@pytest.mark.parametrize(
    ("driver", "options", "expected"),
    [
        (RESILIENT, {**POOLED, **AUTOCOMMIT}, 2),
        (RESILIENT, {**POOLED, **AUTOCOMMIT, **ALWAYS_PING}, 3),
        (RESILIENT, POOLED, 4),
        (RESILIENT, {**POOLED, **ALWAYS_PING}, 5),
        (
            STOCK,
            {"connect_args": {"statement_cache_size": 0, "prepared_statement_cache_size": 0}},
            8,
        ),
    ],
)
async def test_round_trips_of_a_read(
    bench: Bench, driver: str, options: dict[str, Any], expected: int
) -> None:
    async with bench.engine(driver, settings=TWO_SETTINGS, **options) as engine:
        for _ in range(2):
            await read(engine)
        assert await round_trips(bench, lambda: read(engine)) == expected


async def test_a_pooler_that_restarts_is_survived(server: Server, database: str) -> None:
    async with PgBouncer(server.url(database), pool_size=SERVER_CONNECTIONS) as first:
        with FaultProxy(first.host, first.port) as proxy:
            async with Bench(server, proxy, database).engine(**POOLED) as engine:
                await read(engine)
                async with PgBouncer(server.url(database), pool_size=1) as second:
                    proxy.upstream = second.host, second.port
                    await first.__aexit__(None, None, None)
                    assert await read(engine) == 1

"""A change of the schema outdates prepared plans; psycopg2 prepares nothing and does not notice."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from async_app.resilience import counters
from migration_guide.kit.lab.stacks import STOCK
from tests.async_app.resilience.work import AUTOCOMMIT, Bench

READ = text("SELECT label FROM shelves")
WRITE = text("UPDATE shelves SET number = number + 1")
COUNT = text("SELECT number FROM shelves")
CONNECTIONS = 3


@pytest.fixture(autouse=True)
async def shelves(bench: Bench) -> AsyncIterator[None]:
    async with bench.server.connect(bench.database) as connection:
        await connection.execute(
            "CREATE TABLE shelves AS SELECT 'a'::varchar(5) AS label, 0 AS number"
        )
        yield
        await connection.execute("DROP TABLE shelves")


async def change(bench: Bench) -> None:
    async with bench.server.connect(bench.database) as connection:
        await connection.execute("ALTER TABLE shelves ALTER COLUMN label TYPE varchar(9)")


async def prepare(engine: AsyncEngine, connections: int = 1) -> None:
    """Let the plan be cached on each of the connections."""
    held = [await engine.connect() for _ in range(connections)]
    for connection in held:
        await connection.execute(READ)
    for connection in held:
        await connection.close()


async def read(connection: AsyncConnection) -> str:
    return str((await connection.execute(READ)).scalar_one())


@pytest.mark.parametrize("settings", [AUTOCOMMIT, {}], ids=["autocommit", "transaction"])
async def test_what_a_transaction_begins_with_is_repeated(bench: Bench, settings: Any) -> None:
    async with bench.engine(settings=settings) as engine:
        await prepare(engine, CONNECTIONS)
        await change(bench)
        held = [await engine.connect() for _ in range(CONNECTIONS)]
        assert [await read(connection) for connection in held] == ["a"] * CONNECTIONS
        for connection in held:
            await connection.close()
        assert counters(engine).replanned == 1, "the siblings are told"


@pytest.mark.parametrize("settings", [AUTOCOMMIT, {}], ids=["autocommit", "transaction"])
async def test_the_stock_dialect_fails(bench: Bench, settings: Any) -> None:
    """The control."""
    async with bench.engine(STOCK, settings=settings) as engine:
        await prepare(engine)
        await change(bench)
        async with engine.connect() as connection:
            with pytest.raises(DBAPIError, match="cached statement plan is invalid"):
                await read(connection)


async def test_a_transaction_that_has_begun_is_not_repeated_behind_its_back(bench: Bench) -> None:
    async with bench.engine(settings={}) as engine:
        await prepare(engine)
        await change(bench)
        async with engine.connect() as connection:
            await connection.execute(WRITE)
            with pytest.raises(
                OperationalError, match="cached statement plan is invalid"
            ) as caught:
                await read(connection)
            assert not caught.value.connection_invalidated
            await connection.rollback()
            # As its client would: from the start.
            await connection.execute(WRITE)
            assert await read(connection) == "a"
            await connection.commit()
            assert (await connection.execute(COUNT)).scalar_one() == 1
        assert counters(engine).replanned == 0


async def test_a_repeated_transaction_is_still_of_its_kind(bench: Bench) -> None:
    async with bench.engine(settings={}) as engine:
        await prepare(engine)
        await change(bench)
        read_only = engine.execution_options(postgresql_readonly=True)
        async with read_only.connect() as connection:
            assert await read(connection) == "a"
            with pytest.raises(DBAPIError, match="read-only transaction"):
                await connection.execute(WRITE)

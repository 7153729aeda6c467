"""The checks of a cell see what they are there to see."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from migration_guide.kit.lab import checker, demo
from migration_guide.kit.lab.server import Server, embedded

PLACE = """
    WITH placed AS (
        INSERT INTO orders (customer_id, reference) VALUES (1, $1) RETURNING id
    ), key AS (
        INSERT INTO idempotency_keys (customer_id, key, fingerprint, status, body)
        SELECT 1, $1, '', 201, json_build_object('id', id) FROM placed ON CONFLICT DO NOTHING
    ), line AS (
        INSERT INTO order_lines (order_id, product_id, position, quantity, price_cents)
        SELECT id, 1, 1, 2, 350 FROM placed
    ), taken AS (
        UPDATE products SET stock = stock - 2 WHERE id = 1
    )
    SELECT id FROM placed
"""


@pytest.fixture(scope="module")
async def database() -> AsyncIterator[tuple[Server, str]]:
    async with embedded() as server, server.database("checked") as name:
        assert await demo.set_up(server.url(name))
        yield server, name


@pytest.fixture
async def connection(database: tuple[Server, str]) -> AsyncIterator[asyncpg.Connection]:
    """In a transaction that is rolled back: each test finds the demo data."""
    server, name = database
    async with server.connect(name) as it:
        transaction = it.transaction()
        await transaction.start()
        yield it
        await transaction.rollback()


async def test_orders_that_are_there_once_are_neither_lost_nor_doubled(
    connection: asyncpg.Connection,
) -> None:
    told = {name: await connection.fetchval(PLACE, name) for name in ("a", "b")}
    assert await checker.check_writes(connection, ["a", "b", "c"], told) == checker.Writes(0, 0, 0)
    assert await checker.stock_off_by(connection) == 0


async def test_an_acknowledged_order_that_is_not_there_is_lost(
    connection: asyncpg.Connection,
) -> None:
    told = {"a": await connection.fetchval(PLACE, "a"), "b": 4711}
    assert (await checker.check_writes(connection, told, told)).lost == 1


async def test_an_acknowledged_order_without_lines_is_lost(connection: asyncpg.Connection) -> None:
    told = {"a": await connection.fetchval(PLACE, "a")}
    await connection.execute("DELETE FROM order_lines")
    assert (await checker.check_writes(connection, told, told)).lost == 1
    assert await checker.stock_off_by(connection) == 2


async def test_an_order_that_is_there_twice_is_doubled_even_unacknowledged(
    connection: asyncpg.Connection,
) -> None:
    for _ in range(2):
        await connection.fetchval(PLACE, "a")
    assert (await checker.check_writes(connection, ["a"], {})).doubled == 1
    assert (await checker.check_writes(connection, ["b"], {})).doubled == 0


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM order_lines",
        "DELETE FROM idempotency_keys",
        "DELETE FROM order_lines; DELETE FROM orders",
        "UPDATE idempotency_keys SET status = 102",
        "UPDATE idempotency_keys SET body = '{\"id\": 4711}'",
    ],
)
async def test_an_order_of_which_a_part_is_missing_is_half_even_unacknowledged(
    connection: asyncpg.Connection, damage: str
) -> None:
    await connection.fetchval(PLACE, "a")
    assert (await checker.check_writes(connection, ["a", "b"], {})).half == 0
    await connection.execute(damage)
    assert (await checker.check_writes(connection, ["a", "b"], {})).half == 1


async def test_an_order_that_was_refused_for_good_is_not_half(
    connection: asyncpg.Connection,
) -> None:
    await connection.execute(
        "INSERT INTO idempotency_keys (customer_id, key, fingerprint, status, body)"
        " VALUES (1, 'a', '', 409, '{}')"
    )
    assert await checker.check_writes(connection, ["a"], {}) == checker.Writes(0, 0, 0)


async def test_an_open_transaction_is_seen_and_a_closed_one_is_not(
    database: tuple[Server, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checker, "LEAK_DEADLINE_S", 0.3)
    server, name = database
    url = server.url(name)
    held = await asyncpg.connect(url)  # bears the database's name, as a service's session does
    try:
        async with server.connect(name) as watcher:
            async with held.transaction():
                await held.fetchval("SELECT 1")
                assert await checker.count_in_transaction(watcher, name) == 1
            await asyncio.wait_for(_count_is_0(watcher, name), timeout=5)
    finally:
        await held.close()


async def _count_is_0(watcher: asyncpg.Connection, name: str) -> None:
    while await checker.count_in_transaction(watcher, name):
        pass


async def test_demo_data_is_made_once_even_by_two_at_once(database: tuple[Server, str]) -> None:
    server, _ = database
    async with server.database("twice") as name:
        url = server.url(name)
        made = await asyncio.gather(demo.set_up(url), demo.set_up(url))
        assert sorted(made) == [False, True]

"""Whether the database holds what the service acknowledged, nothing twice, and nothing by half."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import asyncpg

from migration_guide.kit.lab import demo
from migration_guide.kit.lab.waiting import wait_until

LEAK_DEADLINE_S = 5.0
"""A connection that is still in use this long after the last request is leaked."""


@dataclass(frozen=True)
class Writes:
    """What became of the orders of one load."""

    lost: int
    doubled: int
    half: int


async def check_writes(
    connection: asyncpg.Connection, sent: Iterable[str], acknowledged: Mapping[str, int]
) -> Writes:
    """Compare the database with what the load sent and what the service told it.

    Args:
        sent: the references of all orders. Each order has a reference of its own, so that two
            orders with one reference are one order placed twice, acknowledged or not.
        acknowledged: the ids of the orders that were answered with 201, by reference.

    """
    references = list(sent)
    lost = await connection.fetchval(
        """
        SELECT count(*) FROM unnest($1::text[], $2::int[]) AS told (reference, id)
        WHERE NOT EXISTS (
            SELECT FROM orders JOIN order_lines ON order_id = orders.id
            WHERE orders.id = told.id AND orders.reference = told.reference
        )
        """,
        list(acknowledged.keys()),
        list(acknowledged.values()),
    )
    doubled = await connection.fetchval(
        """
        SELECT count(*) FROM (
            SELECT FROM orders WHERE reference = ANY($1::text[])
            GROUP BY reference HAVING count(*) > 1
        ) AS twice
        """,
        references,
    )
    return Writes(int(lost), int(doubled), await _count_half(connection, references))


async def _count_half(connection: asyncpg.Connection, references: list[str]) -> int:
    """Orders without lines or without the answer under their key, and answers without an order.

    One transaction writes all of it: there is all of it, or nothing.
    """
    return int(
        await connection.fetchval(
            """
            SELECT count(*) FROM unnest($1::text[]) AS sent (reference)
            LEFT JOIN orders USING (reference)
            LEFT JOIN idempotency_keys ON key = sent.reference
            WHERE (orders.id IS NOT NULL) <> (status IS NOT DISTINCT FROM 201)
            OR orders.id <> (body ->> 'id')::int
            OR orders.id IS NOT NULL
            AND NOT EXISTS (SELECT FROM order_lines WHERE order_id = orders.id)
            """,
            references,
        )
    )


async def stock_off_by(connection: asyncpg.Connection) -> int:
    """By how many pieces *initial stock = stock + lines of orders* is violated, over all products.

    Counts what a half-done order leaves behind.
    """
    return int(
        await connection.fetchval(
            """
            SELECT coalesce(sum(abs(stock + sold - $1)), 0) FROM products
            CROSS JOIN LATERAL (
                SELECT coalesce(sum(quantity), 0) AS sold FROM order_lines
                WHERE product_id = products.id
            ) AS lines
            """,
            demo.INITIAL_STOCK,
        )
    )


async def count_in_transaction(connection: asyncpg.Connection, database: str) -> int:
    """The service's sessions that are still in a transaction, 5 s after the last request."""
    count = 0

    async def none_left() -> bool:
        nonlocal count
        count = await count_active(connection, database)
        return not count

    try:
        await wait_until(none_left, deadline_s=LEAK_DEADLINE_S, what="open transactions to end")
    except TimeoutError:
        return count
    return 0


async def count_active(connection: asyncpg.Connection, database: str) -> int:
    """The service's sessions that do something, or are in a transaction."""
    return int(
        await connection.fetchval(
            """
            SELECT count(*) FROM pg_stat_activity
            WHERE application_name = $1 AND backend_type = 'client backend' AND state <> 'idle'
            """,
            database,
        )
    )

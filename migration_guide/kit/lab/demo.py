"""The order desk's schema and its demo data, for an empty database."""

from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, insert, inspect, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from werkzeug.security import generate_password_hash

import async_app
from async_app.models import Customer, Product
from migration_guide.kit.lab.stacks import RESILIENT, driver_url

EMAIL = "demo@example.com"
PASSWORD = "demo-password"  # noqa: S105 -- of the demo data, printed by `port-kit serve`

INITIAL_STOCK = 1_000_000

_PRODUCTS = (
    ("Notebook, A5, ruled", 350),
    ("Pencil, HB", 90),
    ("Fountain pen", 2_900),
    ("Ink, blue, 30 ml", 1_150),
    ("Ruler, 30 cm", 240),
    ("Stapler", 1_490),
    ("Paper, A4, 500 sheets", 620),
    ("Envelope, C5, 25 pieces", 310),
    ("Desk lamp", 4_500),
    ("Folder, A4", 180),
)

_LOCK = 0x0DE5C  # any number, the same for all who set up an order desk


_MIGRATIONS = Path(async_app.__file__).with_name("alembic.ini")


class SchemaError(RuntimeError):
    """The database is not empty, and not the order desk's as known here; nothing was changed."""


async def set_up(database_url: str) -> bool:
    """Create the schema and the demo data if the database is empty; True if it was.

    An order desk that is there already is upgraded to the latest revision.

    Raises:
        SchemaError: the database belongs to something else, or to a later version.
        sqlalchemy.exc.DBAPIError, OSError: it cannot be reached.

    """
    engine = create_async_engine(driver_url(RESILIENT, database_url))
    try:
        async with engine.begin() as connection:
            # Two at once: the second waits, then finds the work done.
            await connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
            return await _set_up(connection)
    finally:
        await engine.dispose()


async def add_customers(connection: asyncpg.Connection, count: int) -> list[str]:
    """More customers, with the demo customer's password; their addresses."""
    rows = await connection.fetch(
        """
        INSERT INTO customers (email, password_hash)
        SELECT 'customer-' || number || '@example.com', password_hash
        FROM customers, generate_series(1, $2) AS number WHERE email = $1
        RETURNING email
        """,
        EMAIL,
        count,
    )
    return [row["email"] for row in rows]


async def empty(connection: asyncpg.Connection) -> None:
    """Leave only what `set_up` has put there."""
    async with connection.transaction():
        await connection.execute("TRUNCATE order_lines, orders, idempotency_keys")
        await connection.execute("UPDATE products SET stock = $1", INITIAL_STOCK)


async def _set_up(connection: AsyncConnection) -> bool:
    if not await connection.run_sync(_upgrade):
        return False
    await connection.execute(
        insert(Customer),
        [{"email": EMAIL, "password_hash": generate_password_hash(PASSWORD)}],
    )
    await connection.execute(
        insert(Product),
        [{"name": name, "price_cents": price, "stock": INITIAL_STOCK} for name, price in _PRODUCTS],
    )
    await connection.execute(text("ANALYZE"))
    return True


def _upgrade(connection: Connection) -> bool:
    """Bring the schema to the latest revision; whether the database was empty."""
    config = Config(_MIGRATIONS)
    script = ScriptDirectory.from_config(config)
    current = MigrationContext.configure(connection).get_current_revision()
    tables = set(inspect(connection).get_table_names()) - {"alembic_version"}
    name = connection.engine.url.database
    if current is None and tables:
        raise SchemaError(
            f"The database {name!r} has tables that are not the order desk's. Give an empty one."
        )
    if current is not None and current not in {one.revision for one in script.walk_revisions()}:
        raise SchemaError(
            f"The schema of the database {name!r} has the revision {current!r}, which is not known"
            " here: it belongs to another version of the order desk. Upgrade this kit, or give"
            " another database."
        )
    if current != script.get_current_head():
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return current is None

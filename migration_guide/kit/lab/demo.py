"""The order desk's schema and its demo data, for an empty database."""

from sqlalchemy import func, insert, inspect, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from werkzeug.security import generate_password_hash

from async_app.models import Base, Customer, Product
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


class NotEmptyError(RuntimeError):
    """The database holds tables that are not the order desk's; nothing was changed."""


async def set_up(database_url: str) -> bool:
    """Create the schema and the demo data if the database is empty; True if it was.

    An order desk that is there already is left as it is.

    Raises:
        NotEmptyError: the database belongs to something else.
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


async def _set_up(connection: AsyncConnection) -> bool:
    present = set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))
    wanted = set(Base.metadata.tables)
    if wanted <= present:
        return False
    if present:
        raise NotEmptyError(
            f"The database {connection.engine.url.database!r} has tables that are not the order"
            " desk's. Give an empty database."
        )
    await connection.run_sync(Base.metadata.create_all)
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

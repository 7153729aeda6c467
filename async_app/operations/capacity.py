"""Whether the database has room for all the connections that the workers may open."""

import asyncio
import logging

from quart import Quart
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from ..database import db

logger = logging.getLogger(__name__)

TIMEOUT_S = 10.0

ROOM = text(
    """
    SELECT least(
        current_setting('max_connections')::int
          - current_setting('superuser_reserved_connections')::int
          - coalesce(current_setting('reserved_connections', true), '0')::int,
        (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user),
        (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database())
    )
    """
)
"""What is left to ordinary roles; the limits of the role and of the database, where there are any.
`reserved_connections` is there from PostgreSQL 16 on."""


def init_app(app: Quart) -> None:
    @app.before_serving
    async def check_capacity() -> None:
        # Not awaited: a service starts also while its database is away.
        state = app.extensions["database"]
        state.checking = asyncio.create_task(
            _warn(db.engine, db.admission.capacity, app.config["WORKERS"])
        )

    @app.after_serving
    async def stop_checking() -> None:
        app.extensions["database"].checking.cancel()


async def _warn(engine: AsyncEngine, pool: int | None, workers: int) -> None:
    try:
        async with asyncio.timeout(TIMEOUT_S), engine.connect() as connection:
            room: int = (await connection.scalars(ROOM)).one()
    except (SQLAlchemyError, OSError) as error:
        logger.info("The database's room for connections is not known: %s", type(error).__name__)
        return
    if pool is None:
        logger.warning("The pool has no limit; the database has room for %s connections.", room)
    elif workers * pool > room:
        logger.warning(
            "%s worker(s) with up to %s connections each may open %s, but the database has room"
            " for %s: beyond, connecting fails (SQLSTATE 53300). Fewer workers, a smaller"
            " pool_size and max_overflow, or a pooler in between; or raise the database's limits.",
            *(workers, pool, workers * pool, room),
        )
    else:
        logger.info("Up to %s connections; the database has room for %s.", workers * pool, room)

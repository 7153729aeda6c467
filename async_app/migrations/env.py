"""Runs the migrations over asyncpg: Alembic's `async` template, on the service's own settings.

A program that has a connection gives it as ``config.attributes["connection"]``.
"""

import asyncio
import os
from logging.config import fileConfig

from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection, NullPool
from sqlalchemy.ext.asyncio import create_async_engine

from async_app import resilience  # noqa: F401 -- registers the dialect
from async_app.config import ConfigError, database_url
from async_app.models import Base

config = context.config


def run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()


def print_sql() -> None:
    context.configure(dialect_name="postgresql", target_metadata=Base.metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


async def connect_and_run() -> None:
    try:
        url = database_url(os.environ)
    except ConfigError as error:
        raise CommandError(str(error)) from None
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(run)
    await engine.dispose()


given = config.attributes.get("connection")
if given is None and config.config_file_name is not None:
    fileConfig(config.config_file_name, disable_existing_loggers=False)
if context.is_offline_mode():
    print_sql()
elif given is not None:
    run(given)
else:
    asyncio.run(connect_and_run())

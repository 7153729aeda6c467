"""Runs the migrations over psycopg2: Flask-Migrate's template, for one database."""

from logging.config import fileConfig

from alembic import context
from flask import current_app

config = context.config
db = current_app.extensions["migrate"].db

fileConfig(config.config_file_name or "", disable_existing_loggers=False)


def print_sql() -> None:
    context.configure(dialect_name="postgresql", target_metadata=db.metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


def connect_and_run() -> None:
    with db.engine.connect() as connection:
        context.configure(connection=connection, target_metadata=db.metadata)
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    print_sql()
else:
    connect_and_run()

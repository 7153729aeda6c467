"""The same settings, the same schema, and the same refusal of wrong ones."""

import json
from types import ModuleType
from typing import Any

import pytest
from flask import Flask
from quart import Quart
from sqlalchemy import MetaData
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable, DDLElement

from async_app import app as quart_app
from async_app import config as quart_config
from async_app import database as quart_database
from async_app import models
from migration_guide.flask_app import (
    app as flask_app,
)
from migration_guide.flask_app import (
    config as flask_config,
)
from migration_guide.flask_app import (
    database as flask_database,
)
from migration_guide.kit.lab.stacks import TWO_SETTINGS

CONFIGS = [flask_config, quart_config]
ENVIRONMENT = {"DATABASE_URL": "postgresql://u:secret@db.example/app", "SECRET_KEY": "k"}

both_configs = pytest.mark.parametrize("config", CONFIGS, ids=["flask", "quart"])


def ddl(metadata: MetaData) -> list[str]:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    statements: list[DDLElement] = []
    for table in metadata.sorted_tables:
        statements += [CreateTable(table), *map(CreateIndex, table.indexes)]
    return [str(statement.compile(dialect=dialect)) for statement in statements]


def test_both_stacks_have_the_same_schema() -> None:
    flask_app.create_app(flask_config.Config.from_environment(ENVIRONMENT))
    assert len(ddl(models.Base.metadata)) == 6  # five tables and an index
    assert ddl(flask_database.db.metadata) == ddl(models.Base.metadata)


def test_the_two_settings_stand_in_both_configurations() -> None:
    for config in CONFIGS:
        assert config.SQLALCHEMY_ENGINE_OPTIONS == {"pool_pre_ping": True, "pool_recycle": 300}
    assert flask_config.SQLALCHEMY_ENGINE_OPTIONS == TWO_SETTINGS


async def test_the_two_settings_reach_both_pools() -> None:
    flask: Flask = flask_app.create_app(flask_config.Config.from_environment(ENVIRONMENT))
    quart: Quart = quart_app.create_app(quart_config.Config.from_environment(ENVIRONMENT))
    with flask.app_context():
        flask_pool: Any = flask_database.db.engine.pool
    async with quart.test_app(), quart.app_context():
        quart_pool: Any = quart_database.db.engine.sync_engine.pool
    for pool in (flask_pool, quart_pool):
        assert (pool._pre_ping, pool._recycle) == (True, 300)
        assert (pool.size(), pool._max_overflow, pool._timeout) == (5, 10, 30.0)


@both_configs
def test_the_environment_replaces_the_two_settings(config: ModuleType) -> None:
    options = {"pool_size": 3, "pool_timeout": 1.5, "connect_args": {"x": 1}}
    environment = ENVIRONMENT | {"SQLALCHEMY_ENGINE_OPTIONS": json.dumps(options)}
    assert options == config.Config.from_environment(environment).SQLALCHEMY_ENGINE_OPTIONS
    assert config.SQLALCHEMY_ENGINE_OPTIONS == TWO_SETTINGS


@both_configs
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"pool_pre_pnig": true}', "pool_pre_pnig: unknown option"),
        ('{"poolclass": "NullPool"}', "poolclass: unknown option"),
        ('{"pool_recycle": "300"}', "pool_recycle: Input should be a valid integer"),
        ('{"pool_recycle": true}', "pool_recycle: Input should be a valid integer"),
        ('{"pool_pre_ping": 1}', "pool_pre_ping: Input should be a valid boolean"),
        ('{"pool_size": -1}', "pool_size: Input should be greater than or equal to 0"),
        ('{"pool_timeout": 0}', "pool_timeout: Input should be greater than 0"),
        ("[]", "Input should be an object"),
        ('{"pool_size": 5', "Invalid JSON"),
        ("", "Invalid JSON"),
    ],
)
def test_a_wrong_option_is_refused_by_name(config: ModuleType, text: str, message: str) -> None:
    with pytest.raises(config.ConfigError) as failure:
        config.Config.from_environment(ENVIRONMENT | {"SQLALCHEMY_ENGINE_OPTIONS": text})
    assert "SQLALCHEMY_ENGINE_OPTIONS" in str(failure.value)
    assert message in str(failure.value)


@both_configs
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"DATABASE_URL": ""}, "DATABASE_URL is not set"),
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set"),
        ({"DATABASE_URL": "secret"}, "DATABASE_URL is not a URL of the form"),
        ({"DATABASE_URL": "postgresql://u:secret@h:port/x"}, "DATABASE_URL is not a URL"),
        ({"DATABASE_URL": "mysql://u:secret@h/x"}, "names the driver 'mysql'"),
        ({"DATABASE_URL": "postgresql+psycopg://u:secret@h/x"}, "names the driver"),
    ],
)
def test_a_wrong_environment_is_refused_without_quoting_it(
    config: ModuleType, change: dict[str, str], message: str
) -> None:
    with pytest.raises(config.ConfigError, match=message) as failure:
        config.Config.from_environment(ENVIRONMENT | change)
    assert "secret" not in str(failure.value)


@both_configs
@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_a_url_without_a_driver_gets_the_stacks(config: ModuleType, scheme: str) -> None:
    environment = ENVIRONMENT | {"DATABASE_URL": f"{scheme}://u:secret@h/x"}
    assert config.Config.from_environment(environment).SQLALCHEMY_DATABASE_URI.drivername == (
        config.DRIVER
    )


def test_a_url_may_name_sqlalchemys_own_dialect() -> None:
    environment = ENVIRONMENT | {"DATABASE_URL": "postgresql+asyncpg://u:secret@h/x"}
    url = quart_config.Config.from_environment(environment).SQLALCHEMY_DATABASE_URI
    assert url.drivername == "postgresql+asyncpg"


@both_configs
def test_the_representation_holds_no_secret(config: ModuleType) -> None:
    environment = ENVIRONMENT | {
        "SECRET_KEY": "secret",
        "SQLALCHEMY_ENGINE_OPTIONS": '{"connect_args": {"password": "secret"}}',
    }
    assert "secret" not in repr(config.Config.from_environment(environment))

"""What the rules for configuration and deployment claim of the libraries."""

import inspect
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import asyncpg
import flask
import hypercorn.middleware
import psycopg2.extensions
import pytest
import quart
from sqlalchemy import create_engine
from sqlalchemy.exc import ArgumentError, InvalidRequestError, NoSuchModuleError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.ext.asyncio.exc import AsyncMethodRequired
from sqlalchemy.pool import NullPool, QueuePool, SingletonThreadPool

from migration_guide.kit.audit.rules import (
    app_run_argument,
    engine_option,
    flask_sqlalchemy_setting,
    libpq_parameter,
    wsgi_middleware,
)

PSYCOPG2 = "postgresql+psycopg2://user:secret@localhost/shop"
ASYNCPG = "postgresql+asyncpg://user:secret@localhost/shop"


@pytest.mark.parametrize("name", sorted(libpq_parameter.PARAMETERS - {"cursor_factory"}))
def test_libpq_knows_a_parameter_that_asyncpg_does_not(name: str) -> None:
    psycopg2.extensions.make_dsn(**{name: "1"})  # raises for what libpq does not know
    assert name not in inspect.signature(asyncpg.connect).parameters


OPTIONS: Mapping[str, object] = {
    "executemany_mode": "values_only",
    "executemany_batch_page_size": 5,
    "client_encoding": "utf8",
    "use_native_hstore": True,
}


@pytest.mark.parametrize("name", OPTIONS)
def test_an_option_of_psycopg2s_dialect_is_refused(name: str) -> None:
    create_engine(PSYCOPG2, **{name: OPTIONS[name]})
    with pytest.raises(TypeError, match=name):
        create_async_engine(ASYNCPG, **{name: OPTIONS[name]})
    assert name in engine_option.REFUSED


async def test_a_creator_of_connections_fails() -> None:
    engine = create_async_engine(ASYNCPG, creator=lambda: psycopg2.extensions.connection)
    with pytest.raises(AttributeError):
        async with engine.connect():
            pass


def test_a_server_side_cursor_for_all_is_refused() -> None:
    with pytest.raises(AsyncMethodRequired, match="server_side_cursors"):
        create_async_engine(ASYNCPG, server_side_cursors=True)


@pytest.mark.parametrize("pool", [QueuePool, SingletonThreadPool])
def test_a_pool_that_blocks_is_refused(pool: type) -> None:
    create_engine(PSYCOPG2, poolclass=pool)
    with pytest.raises(ArgumentError, match="cannot be used with asyncio engine"):
        create_async_engine(ASYNCPG, poolclass=pool)


def test_null_pool_is_accepted() -> None:
    create_async_engine(ASYNCPG, poolclass=NullPool, pool_pre_ping=True, pool_recycle=300)


@pytest.mark.parametrize("url", [PSYCOPG2, "sqlite://"])
def test_a_driver_that_blocks_is_refused(url: str) -> None:
    with pytest.raises(InvalidRequestError, match="requires an async driver"):
        create_async_engine(url)


def test_the_old_name_of_the_dialect_is_unknown() -> None:
    with pytest.raises(NoSuchModuleError, match="postgres"):
        create_async_engine("postgres://user:secret@localhost/shop")


def test_a_url_without_a_driver_is_not_asyncpgs() -> None:
    assert create_async_engine("postgresql://user@localhost/shop").dialect.driver != "asyncpg"


def test_quart_reads_no_setting_of_flask_sqlalchemy() -> None:
    assert not flask_sqlalchemy_setting.NAMES.keys() & quart.Quart("app").config.keys()


async def test_the_defaults_differ(tmp_path: Path) -> None:
    (tmp_path / "style.css").write_text("p {}")
    old = flask.Flask("app", static_folder=str(tmp_path), static_url_path="/")
    new = quart.Quart("app", static_folder=str(tmp_path), static_url_path="/")
    assert old.config["MAX_CONTENT_LENGTH"] is None
    assert new.config["MAX_CONTENT_LENGTH"] == 16 * 1024 * 1024
    before = old.test_client().get("/style.css")
    after = await new.test_client().get("/style.css")
    before.close()
    assert before.headers["Cache-Control"] == "no-cache"
    assert "max-age=43200" in after.headers["Cache-Control"]
    new.config["SEND_FILE_MAX_AGE_DEFAULT"] = None
    after = await new.test_client().get("/style.css")
    assert "max-age" not in after.headers["Cache-Control"]


def test_quart_reads_its_own_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLASK_COLOUR", "blue")
    old, new = flask.Flask("app"), quart.Quart("app")
    old.config.from_prefixed_env()
    new.config.from_prefixed_env()
    assert old.config["COLOUR"] == "blue"
    assert "COLOUR" not in new.config
    monkeypatch.setenv("FLASK_DEBUG", "1")
    assert flask.helpers.get_debug_flag()
    assert not quart.helpers.get_debug_flag()


@pytest.mark.parametrize(("variable", "code"), [("QUART_APP", 0), ("FLASK_APP", 2)])
def test_the_command_finds_the_application_by_its_own_variable(
    variable: str, code: int, tmp_path: Path
) -> None:
    (tmp_path / "shop.py").write_text("from quart import Quart\n\nsite = Quart('shop')\n")
    done = subprocess.run(
        [sys.executable, "-m", "quart", "routes"],
        cwd=tmp_path,
        env={variable: "shop:site"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == code, done.stderr


def test_run_warns_of_what_it_does_not_take() -> None:
    # As an error, the warning comes before anything is run.
    with pytest.raises(UserWarning, match="ssl_context, are not supported"):
        quart.Quart("app").run(ssl_context="adhoc")
    assert inspect.signature(quart.Quart.run).parameters.keys() >= app_run_argument.TAKEN


def test_quart_has_no_wsgi_app() -> None:
    assert not hasattr(quart.Quart("app"), "wsgi_app")
    assert hasattr(quart.Quart("app"), "asgi_app")
    named = [
        instead.rpartition(".")[2]
        for instead in wsgi_middleware.INSTEAD.values()
        if instead.startswith("hypercorn.middleware.")
    ]
    assert named
    assert all(hasattr(hypercorn.middleware, name) for name in named)

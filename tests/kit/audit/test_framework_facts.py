"""What the rules for the framework claim of Quart, blinker and functools."""

import asyncio
import functools
import gc
import importlib
import inspect
from collections.abc import Callable
from threading import get_ident
from types import ModuleType
from typing import Any

import flask
import pytest
import quart
from asyncpg import UniqueViolationError
from blinker import Namespace
from quart import Quart, copy_current_request_context
from quart.datastructures import FileStorage
from quart.sessions import SecureCookieSession, SecureCookieSessionInterface
from quart.testing import QuartClient
from sqlalchemy import make_url, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import create_async_engine
from werkzeug.exceptions import UnsupportedMediaType

from migration_guide.kit.audit import known
from migration_guide.kit.audit.rules.removed_flask_name import IMPORTS, INSTEAD, OF_WSGI
from migration_guide.kit.audit.rules.response_helper_without_await import OTHER_NAMES
from migration_guide.kit.audit.rules.response_method_without_await import METHODS
from migration_guide.kit.audit.rules.test_client_argument import INSTEAD as NOT_TAKEN
from migration_guide.kit.lab.server import Server


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
def test_an_asynchronous_command_does_nothing_and_exits_with_0() -> None:
    app, ran = Quart(__name__), []

    @app.cli.command("lost")
    async def lost() -> None:
        ran.append("lost")

    @app.cli.command("kept")
    def kept() -> None:
        asyncio.run(work())

    async def work() -> None:
        ran.append("kept")

    runner = app.test_cli_runner()
    assert [runner.invoke(args=[name]).exit_code for name in ("lost", "kept")] == [0, 0]
    assert ran == ["kept"]
    gc.collect()  # the coroutine that nobody awaits is told of here, not in another test


async def test_what_is_cached_of_a_coroutine_function_can_be_awaited_once() -> None:
    @functools.lru_cache
    async def answer() -> int:
        return 42

    assert await answer() == 42
    with pytest.raises(RuntimeError, match="cannot reuse already awaited coroutine"):
        await answer()


async def test_a_signal_is_not_sent_to_a_coroutine_function() -> None:
    placed, seen = Namespace().signal("placed"), []

    async def receive(sender: object) -> None:
        seen.append(sender)

    placed.connect(receive)
    with pytest.raises(RuntimeError, match="Cannot send to a coroutine function"):
        placed.send("desk")
    await placed.send_async("desk")
    assert seen == ["desk"]


async def test_a_plain_session_interface_is_run_in_a_thread() -> None:
    threads: list[int] = []

    class Plain(SecureCookieSessionInterface):
        def open_session(self, *_: Any) -> Any:
            threads.append(get_ident())
            return SecureCookieSession()

        async def save_session(self, *_: Any) -> None:
            threads.append(get_ident())

    app = Quart(__name__)
    app.session_interface = Plain()

    @app.get("/")
    async def index() -> str:
        return ""

    response = await app.test_client().get("/")
    assert response.status_code == 200
    opened, saved = (one == get_ident() for one in threads)
    assert (opened, saved) == (False, True)


async def test_a_function_with_a_copied_context_is_a_coroutine_function() -> None:
    async with Quart(__name__).test_request_context("/"):
        kept = copy_current_request_context(lambda: 1)
        assert asyncio.iscoroutinefunction(kept)
        assert await kept() == 1


def test_quart_has_none_of_the_names_that_are_told_to_be_missing() -> None:
    modules = ("quart", "quart.json", "quart.testing", "quart.cli", "quart.sessions")
    for name in set(IMPORTS) - set(INSTEAD):
        assert not [one for one in modules if hasattr(importlib.import_module(one), name)], name
    missing = {
        name
        for name, value in vars(flask).items()
        if not (name.startswith("_") or isinstance(value, ModuleType) or hasattr(quart, name))
    }
    assert missing <= {"Flask", "t"}


async def test_the_stock_dialects_errors_have_no_diag(server: Server, empty_database: str) -> None:
    url = make_url(server.url(empty_database)).set(drivername="postgresql+asyncpg", query={})
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        await connection.execute(
            text("CREATE TEMPORARY TABLE one (id int CONSTRAINT one_id UNIQUE)")
        )
        with pytest.raises(IntegrityError) as caught:
            await connection.execute(text("INSERT INTO one VALUES (1), (1)"))
    await engine.dispose()
    original = caught.value.orig
    assert original is not None
    assert not any(hasattr(original, name) for name in ("diag", "pgerror", "cursor"))
    assert isinstance(original.__cause__, UniqueViolationError)
    assert original.__cause__.constraint_name == "one_id"


@pytest.mark.parametrize("name", sorted(METHODS))
def test_a_method_of_a_response_is_a_coroutine_function(name: str) -> None:
    assert inspect.iscoroutinefunction(getattr(quart.Response, name))


def test_an_upload_is_saved_by_a_coroutine_function() -> None:
    assert inspect.iscoroutinefunction(FileStorage.save)


@pytest.mark.parametrize("function", [quart.send_file, quart.send_from_directory])
def test_arguments_of_a_file_that_is_sent_have_other_names(function: Callable[..., Any]) -> None:
    names = set(inspect.signature(function).parameters)
    assert names.isdisjoint(OTHER_NAMES)
    assert names >= set(OTHER_NAMES.values())
    assert set(OTHER_NAMES) <= set(inspect.signature(flask.send_file).parameters)


def test_a_resource_is_opened_by_a_coroutine_function() -> None:
    assert inspect.iscoroutinefunction(Quart.open_resource)
    assert inspect.iscoroutinefunction(quart.Blueprint.open_resource)


@pytest.mark.parametrize("name", sorted(OF_WSGI))
def test_what_a_request_has_of_wsgi_is_missing(name: str) -> None:
    of = {known.REQUEST: quart.Request, known.RESPONSE: quart.Response, known.CLIENT: QuartClient}
    assert not hasattr(of[OF_WSGI[name][0]], name)


@pytest.mark.parametrize("name", sorted(NOT_TAKEN))
async def test_an_argument_of_werkzeugs_is_refused_by_the_client(name: str) -> None:
    app, given = Quart(__name__), {name: None}
    with pytest.raises(TypeError, match=name):
        await app.test_client().get("/", **given)
    with pytest.raises(TypeError, match=name):
        app.test_request_context("/", **given)  # type: ignore[arg-type]


async def test_json_of_another_content_type_is_none() -> None:
    app = Quart(__name__)
    async with app.test_request_context("/", method="POST", data=b"{}"):
        assert await quart.request.json is None
        assert await quart.request.get_json() is None
    with flask.Flask(__name__).test_request_context("/", method="POST", data=b"{}"):
        with pytest.raises(UnsupportedMediaType):
            _ = flask.request.json
        with pytest.raises(UnsupportedMediaType):
            flask.request.get_json()

"""Which stack serves whom: buckets, the share and its file, and what goes to one stack alone."""

import logging
from collections import Counter
from collections.abc import AsyncIterator
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from flask import Flask
from quart import Quart, websocket

from migration_guide.cutover.app import create_app, environment_of
from migration_guide.cutover.dispatcher import COOKIE, Dispatcher, bucket_of
from migration_guide.cutover.share import ShareFile, write
from migration_guide.cutover.wsgi import ThreadedFlask

from .conftest import Serving

Headers = list[tuple[bytes, bytes]]


class Share:
    def __init__(self, percent: int) -> None:
        self.percent = percent

    def __call__(self) -> int:
        return self.percent


class Named:
    """An ASGI application that answers with its name, and notes the scopes that it got."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.scopes: Counter[str] = Counter()

    async def __call__(self, scope: Any, _: Any, send: Any) -> None:
        self.scopes[scope["type"]] += 1
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": self.name.encode()})


class Asked:
    """A client of a dispatcher between two applications that tell their names."""

    def __init__(self, percent: int = 0) -> None:
        self.share = Share(percent)
        self.dispatcher = Dispatcher(Named("flask"), Named("quart"), self.share)

    async def __call__(
        self, headers: Headers | None = None, path: str = "/products", query: bytes = b""
    ) -> tuple[str, str | None]:
        """Who has answered, and the cookie that it set."""
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "path": path, "query_string": query, "headers": headers or []}
        await self.dispatcher(scope, None, send)
        given = dict(sent[0]["headers"])
        assert given[b"x-served-by"] == sent[1]["body"]
        cookie = given.get(b"set-cookie")
        return sent[1]["body"].decode(), None if cookie is None else cookie.decode()


def in_bucket(bucket: object) -> Headers:
    return [(b"cookie", f"session=x; {COOKIE}={bucket}".encode())]


@pytest.mark.parametrize("percent", [0, 1, 10, 50, 99, 100])
async def test_a_share_is_that_many_of_the_hundred_buckets(percent: int) -> None:
    ask = Asked(percent)
    served = [(await ask(in_bucket(bucket)))[0] for bucket in range(100)]
    assert served == ["quart"] * percent + ["flask"] * (100 - percent)


async def test_a_larger_share_takes_nobody_back() -> None:
    ask = Asked()
    for bucket in (0, 7, 50, 99):
        served = []
        for ask.share.percent in range(101):
            served.append((await ask(in_bucket(bucket)))[0])
        assert served == ["flask"] * (bucket + 1) + ["quart"] * (100 - bucket)


async def test_new_clients_are_spread_over_all_buckets() -> None:
    ask = Asked(10)
    drawn: Counter[str] = Counter()
    stacks: Counter[str] = Counter()
    for _ in range(20_000):
        stack, cookie = await ask()
        assert cookie is not None
        drawn[SimpleCookie(cookie)[COOKIE].value] += 1
        stacks[stack] += 1
    assert set(drawn) == {str(bucket) for bucket in range(100)}
    assert 0.085 < stacks["quart"] / 20_000 < 0.115  # seven standard deviations


async def test_a_client_keeps_its_stack_by_the_cookie() -> None:
    ask = Asked(50)
    for _ in range(20):
        stack, cookie = await ask()
        assert cookie is not None
        kept = [(b"cookie", cookie.split(";")[0].encode())]
        assert [await ask(kept) for _ in range(10)] == [(stack, None)] * 10
    # The control: without it, one goes to and fro.
    assert {(await ask())[0] for _ in range(100)} == {"flask", "quart"}


async def test_a_program_keeps_its_stack_by_its_authorization() -> None:
    ask = Asked(50)
    stacks = set()
    for number in range(40):
        headers = [(b"authorization", b"Bearer %d" % number)]
        answers = {await ask(headers) for _ in range(5)}
        assert len(answers) == 1  # of one stack, and without a cookie
        stacks |= answers
    assert stacks == {("flask", None), ("quart", None)}
    assert bucket_of([(b"authorization", b"Bearer 1")]) == 80  # in every process


@pytest.mark.parametrize("value", ["", "x", "-1", "100", "5x", "5 5"])
async def test_what_is_no_bucket_is_replaced_by_one(value: str) -> None:
    assert (await Asked()(in_bucket(value)))[1] is not None


async def test_another_cookie_is_not_taken_for_ours() -> None:
    ask = Asked(50)
    for text in (b"xcutover=5", b"a=cutover=5", b"cutover5=5"):
        assert (await ask([(b"cookie", text)]))[1] is not None
    for text in (b"cutover=5", b"a=b;cutover=5", b"cutover=5; a=b", b'a="x"; cutover=5 ;b=c'):
        assert await ask([(b"cookie", text)]) == ("quart", None)


async def test_the_cookie_is_kept_from_scripts_and_from_plain_http() -> None:
    cookie = (await Asked()())[1]
    assert cookie is not None
    morsel = SimpleCookie(cookie)[COOKIE]
    assert (morsel["secure"], morsel["httponly"], morsel["samesite"]) == (True, True, "Lax")
    plain = Dispatcher(Named("flask"), Named("quart"), Share(0), secure_cookie=False)
    assert "Secure" not in plain._attributes


@pytest.mark.parametrize(
    ("percent", "stack"), [(0, "flask"), (10, "flask"), (50, "flask"), (51, "quart")]
)
@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
async def test_health_is_the_word_of_the_stack_that_serves_more(
    percent: int, stack: str, path: str
) -> None:
    ask = Asked(percent)
    assert {await ask(path=path) for _ in range(20)} == {(stack, None)}
    for asked in ("flask", "quart"):  # whatever the share
        assert (await ask(path=path, query=f"stack={asked}".encode()))[0] == asked
    assert (await ask(path=path, query=b"stack=other"))[0] == stack


async def test_start_stop_and_websockets_are_for_quart() -> None:
    flask, quart = Named("flask"), Named("quart")
    dispatcher = Dispatcher(flask, quart, Share(0))

    async def send(_: Any) -> None: ...

    for kind in ("lifespan", "websocket"):
        await dispatcher({"type": kind}, None, send)
    assert (flask.scopes, quart.scopes) == (Counter(), Counter(lifespan=1, websocket=1))


def test_a_share_file_is_read_anew_each_time(tmp_path: Path) -> None:
    path = tmp_path / "share"
    workers = [ShareFile(path), ShareFile(path)]
    for percent in (0, 10, 50, 100, 0):
        write(path, percent)
        assert [worker.read() for worker in workers] == [percent, percent]
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "text", [None, "", "\n", "ten", "-1", "101", "1000", "10 %", "0x10", "1_0", "²"]
)
def test_without_a_share_in_it_the_last_one_stays(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str | None
) -> None:
    path = tmp_path / "share"
    share = ShareFile(path)
    caplog.set_level(logging.INFO)
    assert share.read() == 0  # there is none yet
    write(path, 10)
    assert share.read() == 10
    if text is None:
        path.unlink()
    else:
        path.write_text(text)
    assert [share.read() for _ in range(3)] == [10, 10, 10]
    write(path, 20)
    assert share.read() == 20
    why = "No such file or directory" if text is None else "it does not hold a whole number"
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 4  # each once
    assert "No such file or directory. The share stays 0 %." in said[0]
    assert said[1] == "The new stack's share is now 10 %, was 0 %."
    assert why in said[2]
    assert said[2].endswith("The share stays 10 %.")


def make_both() -> tuple[Flask, Quart]:
    flask, quart = Flask("old"), Quart("new")
    flask.config.update(MAX_CONTENT_LENGTH=1024, PROPAGATE_EXCEPTIONS=True)

    def broken() -> str:
        raise RuntimeError("broken")

    for app in (flask, quart):
        app.add_url_rule("/who", "who", lambda: "here")
        app.add_url_rule("/broken", "broken", broken)

    @quart.before_serving
    async def start() -> None:
        quart.config["STARTED"] = True

    @quart.get("/started")
    async def started() -> dict[str, bool]:
        return {"started": quart.config.get("STARTED", False)}

    @quart.websocket("/echo")
    async def echo() -> None:
        await websocket.send(await websocket.receive())

    return flask, quart


@pytest.fixture
async def served(serving: Serving) -> AsyncIterator[tuple[str, Share]]:
    """Both in one real server; its URL, and the share."""
    flask, quart = make_both()
    share = Share(0)
    async with serving(Dispatcher(ThreadedFlask(flask, threads=2), quart, share)) as url:
        yield url, share


async def test_one_server_serves_both(served: tuple[str, Share]) -> None:
    url, share = served
    async with aiohttp.ClientSession(url) as client:
        for share.percent, stack in ((0, "flask"), (100, "quart"), (0, "flask")):
            async with client.get("/who") as response:
                assert (response.status, response.headers["X-Served-By"]) == (200, stack)
        async with client.ws_connect("/echo") as connection:
            await connection.send_str("hello")
            assert await connection.receive_str(timeout=5) == "hello"
        share.percent = 100
        async with client.get("/started") as response:
            assert await response.json() == {"started": True}


@pytest.mark.parametrize("percent", [0, 100])
async def test_an_error_of_one_stack_is_not_the_others(
    served: tuple[str, Share], percent: int
) -> None:
    url, share = served
    async with aiohttp.ClientSession(url) as client:
        share.percent = percent
        async with client.get("/broken") as response:
            assert response.status == 500
        for share.percent in (0, 100):
            async with client.get("/who") as response:
                assert response.status == 200


ENVIRONMENT = {
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:9/desk",
    "SECRET_KEY": "one",
    "CUTOVER_SHARE_FILE": "share",
    "LOG_LEVEL": "WARNING",
}


def test_a_stacks_own_variables_go_before_those_of_both() -> None:
    environ = ENVIRONMENT | {"CUTOVER_QUART_SECRET_KEY": "two"}
    assert environment_of("quart", environ)["SECRET_KEY"] == "two"
    assert environment_of("flask", environ)["SECRET_KEY"] == "one"


def test_two_secret_keys_are_told_at_the_start(caplog: pytest.LogCaptureFixture) -> None:
    create_app(ENVIRONMENT)
    assert caplog.messages == []
    create_app(ENVIRONMENT | {"CUTOVER_FLASK_SECRET_KEY": "two"})
    (said,) = caplog.messages
    assert said.startswith("The stacks have different SECRET_KEYs")


@pytest.mark.parametrize("missing", ["CUTOVER_SHARE_FILE", "SECRET_KEY", "DATABASE_URL"])
def test_a_missing_setting_is_named(missing: str) -> None:
    environ = {name: value for name, value in ENVIRONMENT.items() if name != missing}
    with pytest.raises(ValueError, match=f"The environment variable {missing} is not set"):
        create_app(environ)


def test_metrics_that_would_overwrite_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="Unset PROMETHEUS_MULTIPROC_DIR"):
        create_app(ENVIRONMENT | {"PROMETHEUS_MULTIPROC_DIR": "metrics"})

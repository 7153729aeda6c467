"""A Flask application under ASGI; the control of each test is hypercorn's middleware alone."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import pytest
from flask import Flask, Response, request
from hypercorn.middleware import AsyncioWSGIMiddleware

from migration_guide.cutover.wsgi import ThreadedFlask
from migration_guide.kit.lab.waiting import wait_until

from .conftest import Serving

LIMIT = 64 * 1024
CHUNKS = 1000


class Old:
    """A small Flask application that tells what happens to it."""

    def __init__(self) -> None:
        self.app = app = Flask(__name__)
        app.config["MAX_CONTENT_LENGTH"] = LIMIT
        self.uploads = 0
        self.sent = 0
        self.working = 0
        self.closed = threading.Event()
        self.release = threading.Event()
        app.delete("/session")(self.no_content)
        app.get("/hello")(self.hello)
        app.post("/length")(self.length)
        app.get("/stream")(self.stream)
        app.get("/wait")(self.wait)
        app.get("/cut-short")(self.cut_short)
        app.get("/cookies")(self.cookies)

    def no_content(self) -> Response:
        return Response(status=204)

    def hello(self) -> str:
        return "hello"

    def cookies(self) -> dict[str, str]:
        return dict(request.cookies)

    def length(self) -> dict[str, int]:
        self.uploads += 1
        return {"length": len(request.get_data())}

    def stream(self) -> Response:
        def chunks() -> Iterator[bytes]:
            try:
                for self.sent in range(1, CHUNKS + 1):
                    yield bytes(64 * 1024)
            finally:
                self.closed.set()

        return Response(chunks())

    def wait(self) -> str:
        self.working += 1
        self.release.wait(30)
        return "released"

    def cut_short(self) -> Response:
        def chunks() -> Iterator[bytes]:
            yield b"begin"
            raise RuntimeError("in the middle of an answer")

        return Response(chunks())


@pytest.fixture
def old() -> Iterator[Old]:
    it = Old()
    yield it
    it.release.set()


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(force_close=True), timeout=aiohttp.ClientTimeout(20)
    ) as session:
        yield session


async def chunked(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def ask(
    client: aiohttp.ClientSession, url: str, method: str, path: str, data: Any = None
) -> tuple[int, str]:
    async with client.request(method, url + path, data=data) as response:
        return response.status, (await response.text()).strip()


@pytest.mark.parametrize(
    ("method", "path", "data", "ours", "alone"),
    [
        ("GET", "/hello", None, (200, "hello"), (200, "hello")),
        ("DELETE", "/session", None, (204, ""), (500, "")),
        ("HEAD", "/hello", None, (200, ""), (500, "")),
        ("POST", "/length", b"x" * LIMIT, (200, f'{{"length":{LIMIT}}}'), None),
        ("POST", "/length", b"in chunks", (200, '{"length":9}'), (200, '{"length":0}')),
    ],
    ids=["plain", "no content", "head", "largest body", "body in chunks"],
)
async def test_an_answer_is_what_gunicorn_would_give(
    old: Old,
    serving: Serving,
    client: aiohttp.ClientSession,
    method: str,
    path: str,
    data: bytes | None,
    ours: tuple[int, str],
    alone: tuple[int, str] | None,
) -> None:
    def body() -> Any:
        return chunked(data) if data == b"in chunks" else data

    async with serving(ThreadedFlask(old.app, threads=2)) as url:
        assert await ask(client, url, method, path, body()) == ours
    async with serving(AsyncioWSGIMiddleware(old.app)) as url:
        assert await ask(client, url, method, path, body()) == (alone or ours)


@pytest.mark.parametrize("in_chunks", [False, True])
async def test_a_body_that_is_too_large_is_refused_by_flask(
    old: Old, serving: Serving, client: aiohttp.ClientSession, *, in_chunks: bool
) -> None:
    data = bytes(LIMIT + 1)
    async with serving(ThreadedFlask(old.app, threads=2)) as url:
        status, text = await ask(
            client, url, "POST", "/length", chunked(data) if in_chunks else data
        )
        assert status == 413
        assert "Request Entity Too Large" in text
    async with serving(AsyncioWSGIMiddleware(old.app)) as url:
        assert await ask(client, url, "POST", "/length", data) == (400, "")


def test_without_a_limit_for_bodies_it_does_not_start() -> None:
    with pytest.raises(ValueError, match="Set MAX_CONTENT_LENGTH"):
        ThreadedFlask(Flask(__name__), threads=1)


async def test_an_upload_that_breaks_off_is_not_taken_for_a_whole_one(
    old: Old, serving: Serving, client: aiohttp.ClientSession
) -> None:
    head = b"POST /length HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with serving(ThreadedFlask(old.app, threads=2)) as url:
        host, port = url.removeprefix("http://").split(":")
        for end in (b"", b"0\r\n\r\n"):  # the second, the control, is whole
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(head + b"3\r\nabc\r\n" + end)
            await writer.drain()
            if end:
                assert b" 200 " in await reader.readline()
            writer.close()
            await writer.wait_closed()
            assert (await ask(client, url, "GET", "/hello"))[0] == 200  # what came before is done
            assert old.uploads == bool(end)


async def stream_and_leave(old: Old, client: aiohttp.ClientSession, url: str) -> int:
    """Take the beginning of a long answer, and leave; how many chunks were made of it."""
    async with client.get(f"{url}/stream") as response:
        await response.content.readexactly(64 * 1024)
    await wait_until(old.closed.is_set, deadline_s=20, what="the answer to end")
    return old.sent


async def test_an_answer_ends_when_its_client_has_left(
    old: Old, serving: Serving, client: aiohttp.ClientSession
) -> None:
    async with serving(ThreadedFlask(old.app, threads=1)) as url:
        assert await stream_and_leave(old, client, url) < CHUNKS
        assert (await ask(client, url, "GET", "/hello"))[0] == 200  # its one thread is free


async def test_hypercorn_alone_reads_on_for_nobody(
    old: Old, serving: Serving, client: aiohttp.ClientSession
) -> None:
    async with serving(AsyncioWSGIMiddleware(old.app)) as url:
        assert await stream_and_leave(old, client, url) == CHUNKS


async def test_a_whole_stream_arrives(
    old: Old, serving: Serving, client: aiohttp.ClientSession
) -> None:
    async with serving(ThreadedFlask(old.app, threads=1)) as url:
        async with client.get(f"{url}/stream") as response:
            length = 0
            async for chunk in response.content.iter_any():
                length += len(chunk)
        assert length == CHUNKS * 64 * 1024


async def test_an_error_in_mid_answer_is_seen_by_the_client_and_by_nobody_else(
    old: Old, serving: Serving, client: aiohttp.ClientSession
) -> None:
    async with serving(ThreadedFlask(old.app, threads=1)) as url:
        with pytest.raises(aiohttp.ClientPayloadError):
            await ask(client, url, "GET", "/cut-short")
        assert (await ask(client, url, "GET", "/hello"))[0] == 200


async def is_loop_pool_free(client: aiohttp.ClientSession, url: str, old: Old, count: int) -> bool:
    """Whether other work finds a thread while *count* requests of Flask's wait."""
    waiting = [asyncio.create_task(ask(client, url, "GET", "/wait")) for _ in range(count)]
    try:
        await wait_until(lambda: old.working > 0, deadline_s=10, what="Flask to be busy")
        async with asyncio.timeout(0.5):
            return await asyncio.to_thread(lambda: True)
    except TimeoutError:
        return False
    finally:
        old.release.set()
        assert {status for status, _ in await asyncio.gather(*waiting)} == {200}


async def test_threads_of_flask_are_its_own(
    old: Old, serving: Serving, client: aiohttp.ClientSession
) -> None:
    count = min(32, (os.cpu_count() or 1) + 4) + 4  # more than the loop has threads
    async with serving(ThreadedFlask(old.app, threads=2)) as url:
        assert await is_loop_pool_free(client, url, old, count)
        assert old.working == count  # all of them, two at a time
    other = Old()
    async with serving(AsyncioWSGIMiddleware(other.app)) as url:
        assert not await is_loop_pool_free(client, url, other, count)


async def ask_asgi(app: Any, headers: list[tuple[bytes, bytes]]) -> bytes:
    """As HTTP/2 would, which aiohttp does not speak; the body of the answer."""
    scope = {
        "type": "http",
        "http_version": "2",
        "method": "GET",
        "path": "/cookies",
        "query_string": b"",
        "headers": headers,
        "server": ("test", 80),
        "client": None,
    }
    incoming: asyncio.Queue[Any] = asyncio.Queue()
    incoming.put_nowait({"type": "http.request", "body": b"", "more_body": False})
    body = bytearray()

    async def send(message: Any) -> None:
        body.extend(message.get("body", b""))

    await app(scope, incoming.get, send)
    return bytes(body).strip()


async def test_cookies_that_come_apart_are_put_together(old: Old) -> None:
    apart = [(b"cookie", b"session=abc"), (b"cookie", b"cutover=7")]
    assert await ask_asgi(ThreadedFlask(old.app, threads=1), apart) == (
        b'{"cutover":"7","session":"abc"}'
    )
    assert await ask_asgi(AsyncioWSGIMiddleware(old.app), apart) == (b'{"session":"abc,cutover=7"}')

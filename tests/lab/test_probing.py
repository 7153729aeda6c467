"""A client of a service that is not the kit's: what it takes an answer for."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from email.utils import formatdate

import pytest
from aiohttp import web

from migration_guide.kit.lab.open_loop import Request, retry_after_s
from migration_guide.kit.lab.own.config import Probe
from migration_guide.kit.lab.own.probing import Probing

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def probing(handler: Handler, probe: Probe) -> AsyncIterator[Probing]:
    app = web.Application()
    app.router.add_get("/{path:.*}", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with Probing(url, 1.0, 5.0, probes={"GET /": probe}) as load:
            yield load
    finally:
        await runner.cleanup()


async def asked_once(load: Probing) -> Request:
    request = load.next_request()
    await load.perform(request)
    return request


async def test_what_a_service_says_is_printable() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 500 caf\xe9 \x1b[2J[bold]\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as told:
        host, port = told.sockets[0].getsockname()
        probes = {"GET /": Probe(path="/")}
        async with Probing(f"http://{host}:{port}", 1.0, 5.0, probes=probes) as load:
            request = await asked_once(load)
    assert (request.outcome, request.status) == ("failed", 500)
    assert request.cause == "500 caf\ufffd \ufffd[2J[bold]"


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    asked: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        return web.Response(status=302, headers={"Location": "/elsewhere"})

    async with probing(answer, Probe(path="/", expect=302)) as load:
        request = await asked_once(load)
        assert await load.get("/health") == 302
    assert (request.outcome, request.status) == ("ok", 302)
    assert asked == ["/", "/health"]


async def test_an_answer_may_say_a_date_after_which_to_ask_again() -> None:
    date = formatdate(time.time() + 60, usegmt=True)

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(headers={"Retry-After": date})

    async with probing(answer, Probe(path="/")) as load:
        request = await asked_once(load)
    assert request.outcome == "ok"
    assert request.retry_after_s is not None
    assert 50 < request.retry_after_s <= 60


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("3", 3.0),
        ("soon", None),
        ("-3", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Wed, 99 Oct 2015 07:28:00 GMT", None),
    ],
)
def test_when_to_ask_again(header: str | None, seconds: float | None) -> None:
    assert retry_after_s(header) == seconds


async def test_an_error_of_the_client_itself_is_not_lost() -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response()

    async with probing(answer, Probe(path="/")) as load:
        load.burst(1)
        await load.drain()  # the control
        load.probes = {}  # a mistake of the program
        load.burst(1)
        with pytest.raises(KeyError):
            await load.drain()

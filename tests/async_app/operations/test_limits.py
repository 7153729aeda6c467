"""What a client may send, and how long it may take."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

import async_app
from migration_guide.kit.lab.server import Server
from migration_guide.kit.lab.service import Service

from .conftest import Serve

HEADERS_FIT, HEADERS_TOO_LARGE = 8_000, 40_000


@asynccontextmanager
async def connected(
    service: Service,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection(*service._address)
    try:
        yield reader, writer
    finally:
        writer.close()


async def status(reader: asyncio.StreamReader, deadline_s: float = 20) -> int:
    async with asyncio.timeout(deadline_s):
        return int((await reader.readuntil(b"\r\n")).split()[1])


@pytest.mark.parametrize(("size", "expected"), [(HEADERS_FIT, 200), (HEADERS_TOO_LARGE, 431)])
async def test_headers_have_a_size(serve: Serve, size: int, expected: int) -> None:
    async with serve() as service, connected(service) as (reader, writer):
        writer.write(b"GET /health/live HTTP/1.1\r\nHost: desk\r\n")
        writer.write(b"X-Padding: " + b"x" * size)
        if expected == 200:
            writer.write(b"\r\n\r\n")
        assert await status(reader) == expected


async def test_a_body_that_comes_too_slowly_is_given_up(serve: Serve) -> None:
    async with serve() as service, connected(service) as (reader, writer):
        writer.write(
            b"POST /session HTTP/1.1\r\nHost: desk\r\nContent-Type: application/json\r\n"
            b"Content-Length: 100\r\n\r\n{"
        )
        assert await status(reader) == 408


class Impatient(Service):
    """With the file's keep_alive_timeout replaced."""

    def _server_command(self, fd: int) -> list[str]:
        assert self._folder
        settings = Path(async_app.__file__).with_name("hypercorn.toml").read_text()
        file = self._folder / "hypercorn.toml"
        file.write_text(settings.replace("keep_alive_timeout = 75", "keep_alive_timeout = 0.5"))
        return [*super()._server_command(fd), "--config", str(file)]


@pytest.mark.parametrize("sent", [b"", b"GET /health/live HTTP/1.1\r\nHost: de"])
async def test_a_connection_on_which_no_request_arrives_is_closed(
    server: Server, database: str, tmp_path: Path, sent: bytes
) -> None:
    async with (
        Impatient("quart", server.url(database), folder=tmp_path) as service,
        connected(service) as (reader, writer),
    ):
        writer.write(sent)
        async with asyncio.timeout(10):
            await reader.read()

"""The command line, as tests/kit has it; and an ASGI application in a real server."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from hypercorn.asyncio import serve
from hypercorn.config import Config

from tests.kit.conftest import start

__all__ = ["Serving", "start"]

Serving = Callable[[Any], AbstractAsyncContextManager[str]]


@pytest.fixture
def serving() -> Serving:
    """Serve with hypercorn while the block runs; the URL."""
    return _serving


@asynccontextmanager
async def _serving(app: Any) -> AsyncIterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))
    host, port = listener.getsockname()
    config = Config()
    config.bind = [f"fd://{listener.detach()}"]
    stop, started = asyncio.Event(), asyncio.Event()

    async def shutdown_trigger() -> None:
        started.set()
        await stop.wait()

    server = asyncio.create_task(serve(app, config, shutdown_trigger=shutdown_trigger))
    try:
        await asyncio.wait(
            {server, asyncio.create_task(started.wait())}, return_when="FIRST_COMPLETED"
        )
        yield f"http://{host}:{port}"
    finally:
        stop.set()
        await server

"""A Flask application under ASGI, in the same process as another one.

Hypercorn's `AsyncioWSGIMiddleware` does the work. Around it, what hypercorn 0.18 leaves out and an
application that was served by gunicorn relies on. Each has a test that shows hypercorn alone:

- An answer without a body (a 204, a 304, any HEAD) is not a 500.
- A body that comes in chunks arrives; hypercorn alone hands over an empty one.
- A body that is too large is refused by Flask itself, a 413, as under gunicorn.
- An answer ends when its client has left, so that an export does not read on to its end for nobody.
- The threads are Flask's own, as many as gunicorn had. Else both applications share the event
  loop's, of which there are min(32, cores + 4), and a Flask that waits for its database stops what
  the other one does in threads.
- Several Cookie headers, as HTTP/2 has them, are joined by "; ". Joined by a comma, as hypercorn
  does, they are none, and the customer is logged out.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from flask import Flask
from hypercorn.middleware import AsyncioWSGIMiddleware


class ClientLeftError(Exception):
    """Nobody waits for the answer any more."""


class ThreadedFlask(AsyncioWSGIMiddleware):
    """*app* as an ASGI application, for ``http`` scopes alone.

    Args:
        app: has to have a MAX_CONTENT_LENGTH, as the bodies are held in memory.
        threads: how many requests it works on at a time.

    """

    def __init__(self, app: Flask, *, threads: int) -> None:
        limit = app.config["MAX_CONTENT_LENGTH"]
        if limit is None:
            raise ValueError("Set MAX_CONTENT_LENGTH: the bodies of requests are held in memory.")
        self._limit: int = limit
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="flask")
        # Hypercorn's own limit is not met: what is beyond Flask's is cut off here.
        super().__init__(partial(_answer, app), max_body_size=limit + 1)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            body = await _read(receive, self._limit)
        except ClientLeftError:
            return
        loop = asyncio.get_running_loop()
        left = loop.create_task(_until_left(receive))

        def send_from_thread(function: Callable[..., Any], message: Any) -> None:
            if left.done():
                raise ClientLeftError
            asyncio.run_coroutine_threadsafe(function(message), loop).result()

        async def receive_body() -> Any:
            return {"type": "http.request", "body": body, "more_body": False}

        scope = {**scope, "headers": _headers(scope["headers"], len(body))}
        in_a_thread = partial(loop.run_in_executor, self._threads)
        try:
            await self.wsgi_app(scope, receive_body, send, in_a_thread, send_from_thread)
        except ClientLeftError:
            pass
        finally:
            left.cancel()  # also tells the thread, where this request was cut short


async def _read(receive: Any, limit: int) -> bytes:
    """The body, or of one that is too large, its beginning: one byte more than *limit*."""
    body, more = bytearray(), True
    while more and len(body) <= limit:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientLeftError
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(body[: limit + 1])


async def _until_left(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _headers(given: Iterable[tuple[bytes, bytes]], length: int) -> list[tuple[bytes, bytes]]:
    """As WSGI wants them: a body with a length, one Cookie header.

    The length that the client told stays: Flask judges by it, and refuses a shorter body.
    """
    headers = [(name, value) for name, value in given if name != b"cookie"]
    if cookies := [value for name, value in given if name == b"cookie"]:
        headers.append((b"cookie", b"; ".join(cookies)))
    if not any(name == b"content-length" for name, _ in headers):
        headers = [one for one in headers if one[0] != b"transfer-encoding"]
        headers.append((b"content-length", b"%d" % length))
    return headers


def _answer(app: Flask, environ: Any, start_response: Any) -> Iterator[bytes]:
    """At least one chunk, since hypercorn sends the status with the first."""
    chunks = app(environ, start_response)
    sent = False
    try:
        for chunk in chunks:
            yield chunk
            sent = True
        if not sent:
            yield b""
    finally:
        if close := getattr(chunks, "close", None):
            close()

"""One address for both applications, and a share of the traffic that moves from one to the other.

Who is served by which stack does not change from request to request. Every client has a *bucket*,
0 to 99, and the new stack serves the buckets below the share. So a larger share only adds clients
to the new stack, a smaller one takes the last ones back, and nobody goes to and fro. The bucket is

1. in a cookie that the first answer sets, at random: it is the same on every machine, needs no
   memory here and no key, and outlives a log-in and a log-out, which a hash of the session cookie
   does not;
2. for a client without that cookie, but with an Authorization header, a hash of it: programs
   seldom keep cookies;
3. else drawn for this one request.

A client may choose its bucket. That is harmless, as both stacks do the same, and useful: a tester
with ``cutover=0`` is the first to move.

Where a load balancer is in front already, it can do the same with two services behind it: nginx's
``split_clients "$cookie_cutover"``, weights with a sticky cookie in HAProxy or Envoy, weighted
target groups with stickiness in a cloud. Then the stacks need not share a process, a fault of one
cannot touch the other, and each worker has one pool instead of two. What this dispatcher has for
itself: nothing is to be set up, the share takes effect with the next request, and it can be tried
on a laptop.
"""

import re
import secrets
import zlib
from collections.abc import Awaitable, Callable
from typing import Any, Literal
from urllib.parse import parse_qs

Stack = Literal["flask", "quart"]
Asgi = Callable[[Any, Any, Any], Awaitable[None]]

COOKIE = "cutover"
SERVED_BY = b"x-served-by"

OF_THE_PROCESS = ("/health/", "/metrics")
"""What no client asks, but the load balancer and Prometheus, who have no bucket."""

_BUCKET = re.compile(rb"(?:^|;\s*)" + COOKIE.encode() + rb"=(\d{1,2})\s*(?:;|$)")
_COOKIE_LIVES_S = 30 * 24 * 3600


class Dispatcher:
    """An ASGI application in front of two.

    Args:
        flask: the old stack; gets ``http`` scopes alone.
        quart: the new stack; gets ``lifespan`` and ``websocket`` too.
        share: tells the percentage of buckets that the new stack serves; asked for each request.
        secure_cookie: whether browsers send the cookie over HTTPS alone.

    """

    def __init__(
        self, flask: Asgi, quart: Asgi, share: Callable[[], int], *, secure_cookie: bool = True
    ) -> None:
        self._apps: dict[Stack, Asgi] = {"flask": flask, "quart": quart}
        self._share = share
        self._attributes = f"; Path=/; Max-Age={_COOKIE_LIVES_S}; HttpOnly; SameSite=Lax"
        if secure_cookie:
            self._attributes += "; Secure"

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._apps["quart"](scope, receive, send)
            return
        marks: list[tuple[bytes, bytes]] = []
        if scope["path"].startswith(OF_THE_PROCESS):
            stack = self._stack_of_process(scope)
        else:
            bucket = bucket_of(scope["headers"])
            if bucket is None:
                bucket = secrets.randbelow(100)
                cookie = f"{COOKIE}={bucket}{self._attributes}"
                marks.append((b"set-cookie", cookie.encode()))
            stack = self._stack_at(bucket)
        marks.append((SERVED_BY, stack.encode()))

        async def send_marked(message: Any) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *marks]}
            await send(message)

        await self._apps[stack](scope, receive, send_marked)

    def _stack_at(self, bucket: int) -> Stack:
        return "quart" if bucket < self._share() else "flask"

    def _stack_of_process(self, scope: Any) -> Stack:
        """The stack that is asked for by ``?stack=``, else the one that serves more.

        So the load balancer takes this process out only where most of its answers would fail: a new
        stack that is broken at 10 % does not take the other 90 % with it.
        """
        match parse_qs(scope["query_string"]).get(b"stack"):
            case [b"flask"]:
                return "flask"
            case [b"quart"]:
                return "quart"
            case _:
                return self._stack_at(50)


def bucket_of(headers: list[tuple[bytes, bytes]]) -> int | None:
    """The bucket that a client brings along; None where it brings none."""
    for name, value in headers:
        if name == b"cookie" and (found := _BUCKET.search(value)):
            return int(found[1])
    for name, value in headers:
        if name == b"authorization":
            return zlib.crc32(value) % 100  # not hash(), which differs between processes
    return None

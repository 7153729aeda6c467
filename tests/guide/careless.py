"""Cut-overs with a mistake that a drill has to find. Each is served as the right one is."""

import itertools
import json
from typing import Any

from migration_guide.cutover.app import create_app
from migration_guide.cutover.dispatcher import COOKIE


class LosesOrders:
    """Answers two of three orders itself, and passes it on to nobody."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._ids = itertools.count(1_000_000)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        number = next(self._ids) if _is_order(scope) else 0
        if number % 3:
            headers = [(b"content-type", b"application/json"), (b"x-served-by", b"flask")]
            await send({"type": "http.response.start", "status": 201, "headers": headers})
            await send({"type": "http.response.body", "body": json.dumps({"id": number}).encode()})
        else:
            await self._app(scope, receive, send)


class DoublesOrders:
    """Sends each order once more, to compare the answers, and forgets that it is one."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if not _is_order(scope):
            await self._app(scope, receive, send)
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message["body"], message["more_body"]

        async def ignore(_: Any) -> None: ...

        await self._app(scope, _replay(body, receive), send)
        headers = [one for one in scope["headers"] if one[0] != b"idempotency-key"]
        await self._app({**scope, "headers": headers}, _replay(body, receive), ignore)


class ForgetsBuckets:
    """Draws the stack anew for each request."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            renamed = [
                (name, value.replace(COOKIE.encode(), b"other")) for name, value in scope["headers"]
            ]
            scope = {**scope, "headers": renamed}
        await self._app(scope, receive, send)


def _replay(body: bytes, receive: Any) -> Any:
    messages = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def replay() -> Any:
        return next(messages, None) or await receive()

    return replay


def _is_order(scope: Any) -> bool:
    return scope["type"] == "http" and (scope["method"], scope["path"]) == ("POST", "/orders")


def loses_orders() -> Any:
    return LosesOrders(create_app())


def doubles_orders() -> Any:
    return DoublesOrders(create_app())


def forgets_buckets() -> Any:
    return ForgetsBuckets(create_app())

"""What every answer bears, whichever view gives it: a request id, security headers, a count."""

import logging
import re
import time
import uuid
from typing import TYPE_CHECKING, Any

from quart import Quart, json, request

from . import metrics, security
from .database import db
from .errors import problem_body
from .logs import request_id

if TYPE_CHECKING:
    from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable, Scope

logger = logging.getLogger("access")

REQUEST_ID = re.compile(rb"[A-Za-z0-9._=+/-]{1,128}")  # nothing that could forge a log line
NO_ANSWER = 499
"""For the log and the count, where the client left before its answer began (nginx's number)."""


def init_app(app: Quart) -> None:
    @app.before_request
    async def remember_route() -> None:
        scope: dict[str, Any] = request.scope  # type: ignore[assignment]
        scope["route"] = (
            metrics.route_of(request.url_rule.rule) if request.url_rule else metrics.NO_ROUTE
        )
        if db.sampler.is_due:
            db.sample()

    app.asgi_app = Middleware(app)  # type: ignore[method-assign]


class Middleware:
    """An ASGI application around the one of *app*."""

    def __init__(self, app: Quart) -> None:
        self._app = app.asgi_app
        https = app.config["SESSION_COOKIE_SECURE"]
        self._headers = [
            (name.lower().encode(), value.encode())
            for name, value in security.headers(https=https).items()
        ]

    async def __call__(
        self, scope: "Scope", receive: "ASGIReceiveCallable", send: "ASGISendCallable"
    ) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start = time.perf_counter()
        given = dict(scope["headers"])
        identifier = given.get(b"x-request-id", b"")
        if not REQUEST_ID.fullmatch(identifier):
            identifier = uuid.uuid4().hex.encode()
        status = NO_ANSWER

        async def send_with_headers(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                own = (b"x-request-id", identifier)
                message["headers"] = [*message["headers"], *self._headers, own]
            await send(message)

        token = request_id.set(identifier.decode())
        try:
            if _is_cross_origin(scope["method"], given):
                await answer(send_with_headers, 403, "This request comes from another site.")
            else:
                await self._app(scope, receive, send_with_headers)
        finally:
            seconds = time.perf_counter() - start
            _record(scope, status, seconds)
            request_id.reset(token)


async def answer(send: Any, status: int, detail: str, **headers: str) -> None:
    """Answer with a problem from outside the application."""
    body = json.dumps(problem_body(status, detail)).encode()
    fields = {"content-type": "application/problem+json", "content-length": str(len(body))}
    encoded = [(name.encode(), value.encode()) for name, value in (fields | headers).items()]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _is_cross_origin(method: str, headers: dict[bytes, bytes]) -> bool:
    host, origin, fetch_site = (
        headers.get(name, b"").decode("latin1") for name in (b"host", b"origin", b"sec-fetch-site")
    )
    return security.is_cross_origin(method, host, origin, fetch_site)


def _record(scope: Any, status: int, seconds: float) -> None:
    route = scope.get("route", metrics.NO_ROUTE)
    metrics.observe(scope["method"], route, status, seconds)
    if logger.isEnabledFor(logging.INFO):
        logger.info(
            "request",
            extra={
                "method": scope["method"],
                "path": scope["path"],  # without the query
                "status": status,
                "duration_ms": round(seconds * 1000, 1),
            },
        )

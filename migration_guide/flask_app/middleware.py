"""What every answer bears, whichever view gives it: a request id, security headers, a count."""

import logging
import re
import time
import uuid
from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import Flask, json, request
from werkzeug.wsgi import ClosingIterator

from . import metrics, security
from .database import db
from .errors import problem_body
from .logs import request_id

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

logger = logging.getLogger("access")

REQUEST_ID = re.compile(r"[A-Za-z0-9._=+/-]{1,128}")  # nothing that could forge a log line
NO_ANSWER = 499
"""For the log and the count, where the client left before its answer began (nginx's number)."""


def init_app(app: Flask) -> None:
    @app.before_request
    def remember_route() -> None:
        request.environ["route"] = (
            metrics.route_of(request.url_rule.rule) if request.url_rule else metrics.NO_ROUTE
        )
        if db.sampler.is_due:
            db.sample()

    app.wsgi_app = Middleware(app)  # type: ignore[method-assign]


class Middleware:
    """A WSGI application around the one of *app*."""

    def __init__(self, app: Flask) -> None:
        self._app = app.wsgi_app
        https = app.config["SESSION_COOKIE_SECURE"]
        self._headers = list(security.headers(https=https).items())

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        start = time.perf_counter()
        identifier = environ.get("HTTP_X_REQUEST_ID", "")
        if not REQUEST_ID.fullmatch(identifier):
            identifier = uuid.uuid4().hex
        status = NO_ANSWER

        def start_with_headers(line: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            nonlocal status
            status = int(line.split(maxsplit=1)[0])
            own = ("X-Request-ID", identifier)
            return start_response(line, [*headers, *self._headers, own], *rest)

        token = request_id.set(identifier)

        def finish() -> None:
            seconds = time.perf_counter() - start
            _record(environ, status, seconds)
            request_id.reset(token)

        try:
            if _is_cross_origin(environ):
                body = answer(start_with_headers, 403, "This request comes from another site.")
            else:
                body = self._app(environ, start_with_headers)
        except BaseException:
            finish()
            raise
        return ClosingIterator(body, [finish])


def answer(start_response: Any, status: int, detail: str, **headers: str) -> Iterable[bytes]:
    """Answer with a problem from outside the application."""
    body = json.dumps(problem_body(status, detail)).encode()
    fields = {"Content-Type": "application/problem+json", "Content-Length": str(len(body))}
    line = f"{status} {HTTPStatus(status).phrase}"
    start_response(line, list((fields | headers).items()))
    return [body]


def _is_cross_origin(environ: "WSGIEnvironment") -> bool:
    host, origin, fetch_site = (
        environ.get(name, "") for name in ("HTTP_HOST", "HTTP_ORIGIN", "HTTP_SEC_FETCH_SITE")
    )
    return security.is_cross_origin(environ["REQUEST_METHOD"], host, origin, fetch_site)


def _record(environ: "WSGIEnvironment", status: int, seconds: float) -> None:
    route = environ.get("route", metrics.NO_ROUTE)
    metrics.observe(environ["REQUEST_METHOD"], route, status, seconds)
    if logger.isEnabledFor(logging.INFO):
        logger.info(
            "request",
            extra={
                "method": environ["REQUEST_METHOD"],
                "path": environ["PATH_INFO"],  # without the query
                "status": status,
                "duration_ms": round(seconds * 1000, 1),
            },
        )

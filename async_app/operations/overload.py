"""Refuses requests at once while the queue for the pool is full."""

from typing import TYPE_CHECKING, Any

from quart import Quart, Response

from .. import metrics
from ..database import db
from ..errors import unavailable
from ..middleware import answer
from .admission import Admission, OverloadedError

if TYPE_CHECKING:
    from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable, Scope

DETAIL = "Too many requests wait for the database. Try again later."
EXEMPT = ("/health/", "/metrics")
"""What has to answer just then. None of them waits for a connection longer than a second."""


def init_app(app: Quart) -> None:
    app.register_error_handler(OverloadedError, refuse)
    app.asgi_app = Shedding(app)  # type: ignore[method-assign]


async def refuse(_: OverloadedError) -> Response:
    """Answer a request that found the queue full when it came to use the database."""
    metrics.SHED.inc()
    response = unavailable(DETAIL)
    response.headers["Retry-After"] = str(db.admission.retry_after_s())
    return response


class Shedding:
    """Sees to most of them before the framework has spent time on them."""

    def __init__(self, app: Quart) -> None:
        self._app = app.asgi_app
        self._extensions = app.extensions

    async def __call__(
        self, scope: "Scope", receive: "ASGIReceiveCallable", send: "ASGISendCallable"
    ) -> None:
        state: Any = self._extensions.get("database")  # none during start
        admission: Admission | None = state and state.admission
        if (
            admission
            and admission.is_full
            and scope["type"] == "http"
            and not scope["path"].startswith(EXEMPT)
        ):
            metrics.SHED.inc()
            of_request: Any = scope
            of_request["route"] = metrics.SHED_EARLY
            retry_after_s = admission.retry_after_s()
            await answer(send, 503, DETAIL, **{"retry-after": str(retry_after_s)})
        else:
            await self._app(scope, receive, send)

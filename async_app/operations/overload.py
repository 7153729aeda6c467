"""Refuses requests at once while the queue for the pool is full."""

from typing import TYPE_CHECKING, Any

from quart import Quart, Response

from .. import metrics
from ..errors import unavailable
from ..middleware import answer
from .admission import Admission, OverloadedError, retry_after_s

if TYPE_CHECKING:
    from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable, Scope

DETAIL = "Too many requests wait for the database. Try again later."
EXEMPT = ("/health/", "/metrics")
"""What has to answer just then, and uses no connection of the pool, or one beside the queue."""


def init_app(app: Quart) -> None:
    app.register_error_handler(OverloadedError, refuse)
    app.asgi_app = Shedding(app)  # type: ignore[method-assign]


async def refuse(_: OverloadedError) -> Response:
    """Answer a request that found the queue full when it came to use the database."""
    metrics.SHED.inc()
    response = unavailable(DETAIL)
    response.headers["Retry-After"] = str(retry_after_s())
    return response


class Shedding:
    """Sees to most of them before the framework has spent time on them."""

    def __init__(self, app: Quart) -> None:
        self._app = app.asgi_app
        self._extensions = app.extensions

    async def __call__(
        self, scope: "Scope", receive: "ASGIReceiveCallable", send: "ASGISendCallable"
    ) -> None:
        if scope["type"] == "http" and self._is_refused(scope["path"]):
            metrics.SHED.inc()
            await answer(send, 503, DETAIL, **{"retry-after": str(retry_after_s())})
        else:
            await self._app(scope, receive, send)

    def _is_refused(self, path: str) -> bool:
        state: Any = self._extensions.get("database")
        if state is None:
            return False
        admission: Admission = state.admission
        return admission.is_full and not path.startswith(EXEMPT)

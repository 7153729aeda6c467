"""One JSON object a line on stderr, each with the id of the request that it belongs to."""

import logging
from contextvars import ContextVar

from pythonjsonlogger.json import JsonFormatter

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


def configure(level: str) -> None:
    """Send everything from *level* on to stderr; where logging is set up already, leave it so."""
    root = logging.getLogger()
    if root.handlers:
        return
    handler = logging.StreamHandler()
    handler.addFilter(_add_request_id)
    handler.setFormatter(
        JsonFormatter(
            ["levelname", "name", "message", "request_id", "process"],
            rename_fields={"levelname": "level", "name": "logger"},
            timestamp=True,
        )
    )
    root.addHandler(handler)
    root.setLevel(level)


def _add_request_id(record: logging.LogRecord) -> bool:
    record.request_id = request_id.get()
    return True

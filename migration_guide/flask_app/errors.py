"""Every error as ``application/problem+json`` (RFC 9457); a database that is away is a 503."""

from http import HTTPStatus
from typing import Any

from flask import Flask, Response, current_app, jsonify
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException

RETRY_AFTER_S = 1


def init_app(app: Flask) -> None:
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(ValidationError, validation_error)
    app.register_error_handler(DBAPIError, database_error)
    app.register_error_handler(PoolTimeoutError, database_unavailable)


def problem(status: int, detail: str, **members: Any) -> Response:
    response = jsonify(problem_body(status, detail, **members))
    response.status_code = status
    response.content_type = "application/problem+json"
    return response


def problem_body(status: int, detail: str, **members: Any) -> dict[str, Any]:
    return {"title": HTTPStatus(status).phrase, "status": status, "detail": detail, **members}


def http_error(error: HTTPException) -> Response:
    response = problem(error.code or 500, error.description or "")
    for name, value in error.get_headers():
        if name != "Content-Type":
            response.headers[name] = value  # Allow, of a 405
    return response


def validation_error(error: ValidationError) -> Response:
    details = error.errors(include_input=False, include_url=False, include_context=False)
    if details[0]["type"] == "json_invalid":
        return problem(400, "The body is not valid JSON.")
    errors = [
        {"field": ".".join(map(str, detail["loc"])), "detail": detail["msg"]} for detail in details
    ]
    return problem(422, "The request has invalid values.", errors=errors)


def database_error(error: DBAPIError) -> Response:
    # port-kit: ignore[operational-error-handler] -- the resilient dialect raises this class too
    if error.connection_invalidated or isinstance(error, OperationalError):
        return database_unavailable(error)
    raise error


def database_unavailable(error: Exception) -> Response:
    # The class alone: a driver's message may quote the statement's parameters.
    cause = getattr(error, "orig", None) or error
    current_app.logger.warning("The database is unavailable: %s", type(cause).__name__)
    return unavailable("The database is unavailable. Try again.")


def unavailable(detail: str) -> Response:
    response = problem(503, detail)
    response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response

"""Settings of the service, read once from the environment.

``DATABASE_URL`` and ``SECRET_KEY`` are required. ``SQLALCHEMY_ENGINE_OPTIONS`` may hold a JSON
object that replaces the two settings below. ``LOG_LEVEL``, ``SESSION_COOKIE_SECURE`` (0 or 1) and
``SALES_REPORT_PAUSE_S`` are optional, as are ``WEB_CONCURRENCY``, the number of worker processes,
and ``DATABASE_DEADLINE_S`` and ``POOL_WAIT_LIMIT``, where 0 means no limit.
"""

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from math import ceil
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config
from pydantic_core import ErrorDetails
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError
from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

DRIVER = "postgresql+resilient_asyncpg"
DRIVERS = ("postgresql", DRIVER, "postgresql+asyncpg")  # the last: SQLAlchemy's own dialect


@with_config(ConfigDict(extra="forbid", strict=True))
class EngineOptions(TypedDict, total=False):
    """The keyword arguments of ``create_async_engine`` that can be written as JSON."""

    pool_pre_ping: bool
    pool_recycle: Annotated[int, Field(ge=-1)]  # seconds; -1: never
    pool_size: Annotated[int, Field(ge=0)]  # 0: no limit
    max_overflow: Annotated[int, Field(ge=-1)]  # -1: no limit
    pool_timeout: Annotated[float, Field(gt=0)]  # seconds
    pool_use_lifo: bool
    pool_reset_on_return: Literal["rollback", "commit"] | None
    isolation_level: Literal[
        "AUTOCOMMIT", "READ COMMITTED", "READ UNCOMMITTED", "REPEATABLE READ", "SERIALIZABLE"
    ]
    connect_args: dict[str, Any]
    execution_options: dict[str, Any]
    query_cache_size: Annotated[int, Field(ge=0)]
    insertmanyvalues_page_size: Annotated[int, Field(ge=1)]
    use_insertmanyvalues: bool
    skip_autocommit_rollback: bool
    hide_parameters: bool
    echo: bool | Literal["debug"]
    echo_pool: bool | Literal["debug"]
    logging_name: str
    pool_logging_name: str
    # The resilient dialect's own; times are seconds:
    ping_timeout: Annotated[float, Field(gt=0)]
    ping_bypass: Annotated[float, Field(ge=0)]
    command_timeout: Annotated[float, Field(gt=0)] | None
    close_timeout: Annotated[float, Field(gt=0)]
    pool_recycle_jitter: Annotated[float, Field(ge=0, le=1)]
    transaction_pooler: bool
    client_encoding: str
    executemany_mode: Literal["values_only", "values_plus_batch"]


SQLALCHEMY_ENGINE_OPTIONS: EngineOptions = {"pool_pre_ping": True, "pool_recycle": 300}


class ConfigError(ValueError):
    """A setting that the service cannot start with. The message names it, never its value."""


@dataclass(frozen=True)
class Config:
    """What ``app.config`` is made from; its upper-case fields are the keys there."""

    SQLALCHEMY_DATABASE_URI: URL
    SECRET_KEY: str = field(repr=False)
    SQLALCHEMY_ENGINE_OPTIONS: EngineOptions = field(repr=False)  # may hold a password
    LOG_LEVEL: str = "INFO"
    # Every valid request body is far smaller.
    MAX_CONTENT_LENGTH: int = 64 * 1024
    # Browsers send the cookie over HTTPS alone, not to scripts, not from other sites' pages.
    SESSION_COOKIE_SECURE: bool = True
    SESSION_COOKIE_HTTPONLY: bool = True
    SESSION_COOKIE_SAMESITE: str = "Lax"
    # A signed cookie cannot be revoked; it is refused when it is older.
    PERMANENT_SESSION_LIFETIME: timedelta = timedelta(hours=12)
    # Whatever FLASK_DEBUG or QUART_DEBUG say: a stack trace is for the log.
    DEBUG: bool = False
    TESTING: bool = False
    PROPAGATE_EXCEPTIONS: bool = False
    SALES_REPORT_PAUSE_S: float = 0.05
    # What a request may take of the database, its wait for a connection included; None: no limit.
    DATABASE_DEADLINE_S: float | None = 4.0
    # How many requests may wait for a connection; those beyond are refused at once.
    POOL_WAIT_LIMIT: int | None = 100
    # A client that sends its body more slowly gets a 408; seconds.
    BODY_TIMEOUT: float = 10
    # Processes that serve on one socket, each with a pool of its own.
    WORKERS: int = 1

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read the settings; raise `ConfigError` for one that is missing or wrong."""
        options = environ.get("SQLALCHEMY_ENGINE_OPTIONS")
        return cls(
            SQLALCHEMY_DATABASE_URI=database_url(environ),
            SECRET_KEY=_required(environ, "SECRET_KEY"),
            SQLALCHEMY_ENGINE_OPTIONS=(
                SQLALCHEMY_ENGINE_OPTIONS.copy() if options is None else _engine_options(options)
            ),
            LOG_LEVEL=_log_level(environ.get("LOG_LEVEL", "INFO")),
            SESSION_COOKIE_SECURE=_number(environ, "SESSION_COOKIE_SECURE", 1) != 0,
            SALES_REPORT_PAUSE_S=_number(environ, "SALES_REPORT_PAUSE_S", 0.05),
            DATABASE_DEADLINE_S=_number(environ, "DATABASE_DEADLINE_S", 4) or None,
            WORKERS=int(_number(environ, "WEB_CONCURRENCY", 1)),
            POOL_WAIT_LIMIT=ceil(_number(environ, "POOL_WAIT_LIMIT", 100)) or None,
        )


def _required(environ: Mapping[str, str], key: str) -> str:
    value = environ.get(key)
    if not value:
        raise ConfigError(f"The environment variable {key} is not set.")
    return value


def _number(environ: Mapping[str, str], key: str, default: float) -> float:
    text = environ.get(key, "")
    try:
        value = float(text or default)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise ConfigError(f"The environment variable {key} must be a number, 0 or greater.")
    return value


def _log_level(name: str) -> str:
    if name not in logging.getLevelNamesMapping():
        raise ConfigError("The environment variable LOG_LEVEL must be a level, such as INFO.")
    return name


def database_url(environ: Mapping[str, str]) -> URL:
    """Read ``DATABASE_URL``; raise `ConfigError` where it is missing or wrong."""
    text = _required(environ, "DATABASE_URL")
    try:
        url = make_url(text.replace("postgres://", "postgresql://", 1))
    except (ArgumentError, ValueError):  # ValueError: a port that is not a number
        raise ConfigError(
            f"DATABASE_URL is not a URL of the form {DRIVER}://user:password@host:port/database."
        ) from None
    if url.drivername not in DRIVERS:
        raise ConfigError(
            f"DATABASE_URL names the driver {url.drivername!r}; this service needs {DRIVER!r}."
        )
    return url.set(drivername=DRIVER) if url.drivername == "postgresql" else url


def _engine_options(text: str) -> EngineOptions:
    try:
        return TypeAdapter(EngineOptions).validate_json(text)
    except ValidationError as error:
        problems = "; ".join(map(_problem, error.errors(include_input=False, include_url=False)))
        raise ConfigError(f"SQLALCHEMY_ENGINE_OPTIONS: {problems}") from None


def _problem(detail: ErrorDetails) -> str:
    message = "unknown option" if detail["type"] == "extra_forbidden" else detail["msg"]
    return f"{detail['loc'][0]}: {message}" if detail["loc"] else message

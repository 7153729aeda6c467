"""Settings of the service, read once from the environment.

``DATABASE_URL`` and ``SECRET_KEY`` are required. ``SQLALCHEMY_ENGINE_OPTIONS`` may hold a JSON
object that replaces the two settings below.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
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
    # Every valid request body is far smaller.
    MAX_CONTENT_LENGTH: int = 64 * 1024
    SESSION_COOKIE_SAMESITE: str = "Lax"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read the settings; raise `ConfigError` for one that is missing or wrong."""
        options = environ.get("SQLALCHEMY_ENGINE_OPTIONS")
        return cls(
            SQLALCHEMY_DATABASE_URI=_database_url(_required(environ, "DATABASE_URL")),
            SECRET_KEY=_required(environ, "SECRET_KEY"),
            SQLALCHEMY_ENGINE_OPTIONS=(
                SQLALCHEMY_ENGINE_OPTIONS.copy() if options is None else _engine_options(options)
            ),
        )


def _required(environ: Mapping[str, str], key: str) -> str:
    value = environ.get(key)
    if not value:
        raise ConfigError(f"The environment variable {key} is not set.")
    return value


def _database_url(text: str) -> URL:
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

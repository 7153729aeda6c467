"""The two stacks and the profiles they run under, as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

Stack = Literal["flask", "quart"]
Profile = Literal["bare", "same-settings"]

STACKS: tuple[Stack, ...] = ("flask", "quart")
PROFILES: tuple[Profile, ...] = ("bare", "same-settings")

DRIVERS: Mapping[Stack, str] = MappingProxyType(
    {"flask": "postgresql+psycopg2", "quart": "postgresql+asyncpg"}
)

POOL_SIZE = 5 + 10
"""Connections that a service may have at once: SQLAlchemy's default ``pool_size`` plus
``max_overflow``, the same on both stacks and in every profile."""

THREADS = 16
"""Threads of a gunicorn worker: one more than the pool has connections, so that the pool and not
the server is what limits the Flask service, as it does the Quart one."""


@dataclass(frozen=True)
class Settings:
    """What a service of one stack runs with under one profile."""

    stack: Stack
    profile: Profile
    engine_options: Mapping[str, Any]


TWO_SETTINGS = MappingProxyType({"pool_pre_ping": True, "pool_recycle": 300})

SETTINGS: Mapping[tuple[Stack, Profile], Settings] = MappingProxyType(
    {
        (stack, profile): Settings(stack, profile, {} if profile == "bare" else TWO_SETTINGS)
        for stack in STACKS
        for profile in PROFILES
    }
)

DEFAULT_PROFILE: Mapping[Stack, Profile] = MappingProxyType(
    {"flask": "same-settings", "quart": "same-settings"}
)


LIBPQ_ONLY = frozenset(
    {
        *("application_name", "channel_binding", "client_encoding", "connect_timeout"),
        *("gssencmode", "keepalives", "keepalives_count", "keepalives_idle"),
        *("keepalives_interval", "options", "sslcert", "sslkey", "sslrootcert"),
        "tcp_user_timeout",
    }
)
"""URL parameters that psycopg2 takes and asyncpg's ``connect()`` refuses."""


def driver_url(stack: Stack, url: str) -> str:
    """Put the stack's driver into a PostgreSQL URL.

    Raises:
        ValueError: it is no PostgreSQL URL, or asyncpg does not take one of its parameters. The
            message does not hold the URL.

    """
    try:
        parsed: URL = make_url(url.replace("postgres://", "postgresql://", 1))
    except (ArgumentError, ValueError):
        raise ValueError("it is not of the form postgresql://user:password@host/database") from None
    if parsed.get_backend_name() != "postgresql":
        raise ValueError(f"{parsed.get_backend_name()!r} is not PostgreSQL")
    if stack == "quart":
        if refused := sorted(LIBPQ_ONLY.intersection(parsed.query)):
            raise ValueError(f"asyncpg does not take the parameter {refused[0]!r}; leave it out")
        if sslmode := parsed.query.get("sslmode"):
            parsed = parsed.difference_update_query(["sslmode"])
            parsed = parsed.update_query_dict({"ssl": sslmode})
    return parsed.set(drivername=DRIVERS[stack]).render_as_string(hide_password=False)

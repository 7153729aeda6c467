"""The two stacks and the profiles they run under, as data."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Literal

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from async_app.resilience.parameters import PARAMETERS

Stack = Literal["flask", "quart"]
Profile = Literal["bare", "ping-only", "same-settings", "hardened"]

STACKS: tuple[Stack, ...] = ("flask", "quart")
PROFILES: tuple[Profile, ...] = ("bare", "ping-only", "same-settings", "hardened")
"""`ping-only` is a second control, for the faults that show what pool_recycle is for."""

PSYCOPG2 = "postgresql+psycopg2"
STOCK = "postgresql+asyncpg"
RESILIENT = "postgresql+resilient_asyncpg"

DRIVERS: Mapping[tuple[Stack, Profile], str] = MappingProxyType(
    {
        **{("flask", profile): PSYCOPG2 for profile in PROFILES},
        **{("quart", profile): STOCK for profile in PROFILES},
        ("quart", "hardened"): RESILIENT,
    }
)
"""What the profiles run on: the first two on the drivers as they come."""

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

    def replacing(self, **options: Any) -> "Settings":
        """With other values for those of the options that are given at all."""
        given = {name: value for name, value in options.items() if name in self.engine_options}
        return replace(self, engine_options={**self.engine_options, **given})

    def without(self, names: Collection[str]) -> "Settings":
        """With none of these options."""
        kept = {name: value for name, value in self.engine_options.items() if name not in names}
        return replace(self, engine_options=kept)


UNLIMITED: Mapping[str, str] = MappingProxyType(
    {"DATABASE_DEADLINE_S": "0", "POOL_WAIT_LIMIT": "0"}
)
"""The Quart service without its deadline and its limit, as under all profiles but `hardened`."""

TWO_SETTINGS = MappingProxyType({"pool_pre_ping": True, "pool_recycle": 300})

DEADLINE_S = 2
"""Under `hardened`, for connecting, for one statement and for the wait for a connection: a request
that meets two of them is still answered within the client's deadline of 5 s. Quart's, that
DATABASE_DEADLINE_S ends after 4 s, is so whatever it meets."""

HARDENED_POOL: Mapping[str, Any] = MappingProxyType({"pool_size": POOL_SIZE, "max_overflow": 0})
"""As many connections, none of them in overflow: one of those is closed when it is given back, and
made anew for the next request."""

_HARDENED: Mapping[Stack, Mapping[str, Any]] = MappingProxyType(
    {
        # All that configuration can do: libpq's TCP parameters (PostgreSQL manual, 32.1.2), and a
        # limit that the server keeps. Nothing there bounds the wait for an answer that was lost.
        # No new connection is made to a server that has been demoted.
        "flask": {
            **TWO_SETTINGS,
            **HARDENED_POOL,
            "pool_timeout": DEADLINE_S,
            "connect_args": {
                "connect_timeout": DEADLINE_S,
                "target_session_attrs": "read-write",
                "keepalives": 1,
                "keepalives_idle": 1,
                "keepalives_interval": 1,
                "keepalives_count": 2,
                "tcp_user_timeout": DEADLINE_S * 1000,
                "options": f"-c statement_timeout={DEADLINE_S}s",
            },
        },
        "quart": {
            **TWO_SETTINGS,
            **HARDENED_POOL,
            "pool_timeout": DEADLINE_S,
            "command_timeout": DEADLINE_S,
            "connect_args": {
                "connect_timeout": DEADLINE_S,
                "target_session_attrs": "read-write",
            },
        },
    }
)


def _engine_options(stack: Stack, profile: Profile) -> Mapping[str, Any]:
    if profile == "hardened":
        return _HARDENED[stack]
    given: Mapping[Profile, Mapping[str, Any]] = {
        "bare": {},
        "ping-only": {"pool_pre_ping": True},
        "same-settings": TWO_SETTINGS,
    }
    return given[profile]


SETTINGS: Mapping[tuple[str, str], Settings] = MappingProxyType(
    {
        (stack, profile): Settings(stack, profile, _engine_options(stack, profile))
        for stack in STACKS
        for profile in PROFILES
    }
)

DEFAULT_PROFILE: Mapping[Stack, Profile] = MappingProxyType(
    {"flask": "same-settings", "quart": "hardened"}
)
"""How each is served: the old one as such teams have it, the new one as it should be."""


ASYNCPG_TAKES = frozenset(
    {
        *("host", "port", "user", "password", "passfile", "service", "servicefile"),
        *("target_session_attrs", "krbsrvname", "gsslib"),
        "sslmode",  # under the name ssl
    }
)
"""Of libpq's parameters, those that the stock dialect takes in a URL."""


def driver_url(driver: str, url: str) -> str:
    """Put a driver, as SQLAlchemy names it, into a PostgreSQL URL.

    Raises:
        ValueError: it is no PostgreSQL URL, or the driver does not take one of its parameters. The
            message does not hold the URL.

    """
    try:
        parsed: URL = make_url(url.replace("postgres://", "postgresql://", 1))
    except (ArgumentError, ValueError):
        raise ValueError("it is not of the form postgresql://user:password@host/database") from None
    if parsed.get_backend_name() != "postgresql":
        raise ValueError(f"{parsed.get_backend_name()!r} is not PostgreSQL")
    if driver == STOCK:
        parsed = _for_asyncpg(parsed)
    return parsed.set(drivername=driver).render_as_string(hide_password=False)


def _for_asyncpg(url: URL) -> URL:
    """What the stock dialect can be told of libpq's parameters."""
    for name in url.query:
        if name in PARAMETERS and name not in ASYNCPG_TAKES:
            raise ValueError(f"asyncpg does not take the parameter {name!r}; leave it out")
    if sslmode := url.query.get("sslmode"):
        url = url.difference_update_query(["sslmode"]).update_query_dict({"ssl": sslmode})
    return url

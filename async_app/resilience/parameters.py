"""The connection parameters of libpq: what each becomes with asyncpg, or why it is refused.

The names, their environment variables and their meaning are those of the PostgreSQL manual, 32.1.2
"Parameter Key Words" and 32.15 "Environment Variables"; what asyncpg takes is its ``connect()``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any


class Kind(Enum):
    """What becomes of a parameter."""

    ADDRESS = "decides where to connect"
    ASYNCPG = "asyncpg has it, under this name or its own"
    TLS = "asyncpg has it, in a connection URI only"
    SERVER = "is told to the server"
    SOCKET = "is set on the socket"
    CHECKED = "accepted where it asks for what asyncpg does anyway"
    REFUSED = "asyncpg cannot do it"


@dataclass(frozen=True)
class Parameter:
    """One of libpq's parameters.

    Attributes:
        name: as in a URL or ``connect_args``.
        kind: what becomes of it.
        env: the variable that is read where the parameter is missing.
        target: the name on the other side, where it is another.
        accepted: of a checked parameter, the values that change nothing.
        way_out: of a checked or refused one, what to do instead.

    """

    name: str
    kind: Kind
    env: str | None = None
    target: str | None = None
    accepted: tuple[str, ...] = ()
    way_out: str = ""


def _table() -> Mapping[str, Parameter]:
    kind, row = Kind, Parameter
    rows = [
        row("host", kind.ADDRESS, "PGHOST"),
        row("hostaddr", kind.ADDRESS, "PGHOSTADDR"),
        row("port", kind.ADDRESS, "PGPORT"),
        row("target_session_attrs", kind.ADDRESS, "PGTARGETSESSIONATTRS"),
        row("load_balance_hosts", kind.ADDRESS, "PGLOADBALANCEHOSTS"),
        row("connect_timeout", kind.ADDRESS, "PGCONNECT_TIMEOUT"),
        row("service", kind.ADDRESS, "PGSERVICE"),
        row("servicefile", kind.ADDRESS, "PGSERVICEFILE"),
        # asyncpg reads the variables of these by itself.
        row("user", kind.ASYNCPG),
        row("password", kind.ASYNCPG),
        row("passfile", kind.ASYNCPG),
        row("dbname", kind.ASYNCPG, target="database"),
        row("krbsrvname", kind.ASYNCPG),
        row("gsslib", kind.ASYNCPG),
        row("sslmode", kind.TLS),
        row("sslrootcert", kind.TLS),
        row("sslcert", kind.TLS),
        row("sslkey", kind.TLS),
        row("sslcrl", kind.TLS),
        row("sslpassword", kind.TLS),
        row("sslnegotiation", kind.TLS),
        row("ssl_min_protocol_version", kind.TLS),
        row("ssl_max_protocol_version", kind.TLS),
        row("application_name", kind.SERVER, "PGAPPNAME"),
        row("fallback_application_name", kind.SERVER, target="application_name"),
        row("options", kind.SERVER, "PGOPTIONS"),
        row("keepalives", kind.SOCKET),
        row("keepalives_idle", kind.SOCKET),
        row("keepalives_interval", kind.SOCKET),
        row("keepalives_count", kind.SOCKET),
        row("tcp_user_timeout", kind.SOCKET),
        row(
            "client_encoding",
            kind.CHECKED,
            "PGCLIENTENCODING",
            accepted=("utf8", "utf-8", "unicode", "auto"),
            way_out="asyncpg always speaks UTF-8 with the server, and text is str on this side",
        ),
        row(
            "channel_binding",
            kind.CHECKED,
            "PGCHANNELBINDING",
            accepted=("disable", "prefer"),
            way_out="asyncpg cannot bind the channel; sslmode=verify-full makes sure of the server",
        ),
        row(
            "gssencmode",
            kind.CHECKED,
            "PGGSSENCMODE",
            accepted=("disable", "prefer"),
            way_out="asyncpg has no GSSAPI encryption; encrypt by TLS, with sslmode",
        ),
        row("gssdelegation", kind.CHECKED, "PGGSSDELEGATION", accepted=("0",)),
        row("sslcertmode", kind.CHECKED, "PGSSLCERTMODE", accepted=("allow",)),
        row("sslsni", kind.CHECKED, "PGSSLSNI", accepted=("1",)),
        row("sslcompression", kind.CHECKED, "PGSSLCOMPRESSION", accepted=("0",)),
        row("min_protocol_version", kind.CHECKED, "PGMINPROTOCOLVERSION", accepted=("3.0",)),
        row("max_protocol_version", kind.CHECKED, "PGMAXPROTOCOLVERSION", accepted=("3.0",)),
        row(
            "requiressl",
            kind.REFUSED,
            "PGREQUIRESSL",
            way_out="write sslmode=require",
        ),
        row("sslcrldir", kind.REFUSED, "PGSSLCRLDIR", way_out="name one file, with sslcrl"),
        row(
            "require_auth",
            kind.REFUSED,
            "PGREQUIREAUTH",
            way_out="sslmode=verify-full makes sure of the server",
        ),
        row(
            "requirepeer",
            kind.REFUSED,
            "PGREQUIREPEER",
            way_out="keep other accounts out of the socket's folder by its permissions",
        ),
        row(
            "replication",
            kind.REFUSED,
            way_out="use psycopg2's replication connection beside this engine",
        ),
        row("scram_client_key", kind.REFUSED, way_out="give the password"),
        row("scram_server_key", kind.REFUSED, way_out="give the password"),
        row("sslkeylogfile", kind.REFUSED, way_out="set the environment variable SSLKEYLOGFILE"),
        # psycopg2's own, which come in connect_args.
        row("dsn", kind.REFUSED, way_out="put it into the engine's URL"),
        row("cursor_factory", kind.REFUSED, way_out="rows of SQLAlchemy have names: row._mapping"),
        row("connection_factory", kind.REFUSED, way_out="asyncpg's connection_class is the like"),
        row("async", kind.REFUSED, way_out="leave it out: this driver always is"),
        row("async_", kind.REFUSED, way_out="leave it out: this driver always is"),
    ]
    return MappingProxyType({parameter.name: parameter for parameter in rows})


PARAMETERS = _table()

ALIASES = MappingProxyType({"database": "dbname", "timeout": "connect_timeout"})
"""asyncpg's names of parameters that libpq has too."""

SERVER_VARIABLES = MappingProxyType(
    {"PGTZ": "TimeZone", "PGDATESTYLE": "DateStyle", "PGGEQO": "geqo"}
)
"""Environment variables that libpq turns into settings of the session."""

ASYNCPG_ONLY: Mapping[str, Callable[[str], Any]] = MappingProxyType(
    {
        "ssl": str,
        "direct_tls": lambda text: text.lower() in {"1", "true", "on", "yes"},
        "server_settings": str,
        "command_timeout": float,
        "statement_cache_size": int,
        "max_cached_statement_lifetime": int,
        "max_cacheable_statement_size": int,
        "connection_class": str,
        "record_class": str,
        "loop": str,
        # SQLAlchemy's adapter takes these away.
        "prepared_statement_cache_size": int,
        "prepared_statement_name_func": str,
        "async_creator_fn": str,
    }
)
"""Parameters that only asyncpg, or SQLAlchemy's adapter for it, has; and how to read them from
the text of a URL."""

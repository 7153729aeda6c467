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


_ROWS = (
    Parameter("host", Kind.ADDRESS, "PGHOST"),
    Parameter("hostaddr", Kind.ADDRESS, "PGHOSTADDR"),
    Parameter("port", Kind.ADDRESS, "PGPORT"),
    Parameter("target_session_attrs", Kind.ADDRESS, "PGTARGETSESSIONATTRS"),
    Parameter("load_balance_hosts", Kind.ADDRESS, "PGLOADBALANCEHOSTS"),
    Parameter("connect_timeout", Kind.ADDRESS, "PGCONNECT_TIMEOUT"),
    Parameter("service", Kind.ADDRESS, "PGSERVICE"),
    Parameter("servicefile", Kind.ADDRESS, "PGSERVICEFILE"),
    # asyncpg reads the variables of these by itself.
    Parameter("user", Kind.ASYNCPG),
    Parameter("password", Kind.ASYNCPG),
    Parameter("passfile", Kind.ASYNCPG),
    Parameter("dbname", Kind.ASYNCPG, target="database"),
    Parameter("krbsrvname", Kind.ASYNCPG),
    Parameter("gsslib", Kind.ASYNCPG),
    Parameter("sslmode", Kind.TLS),
    Parameter("sslrootcert", Kind.TLS),
    Parameter("sslcert", Kind.TLS),
    Parameter("sslkey", Kind.TLS),
    Parameter("sslcrl", Kind.TLS),
    Parameter("sslpassword", Kind.TLS),
    Parameter("sslnegotiation", Kind.TLS),
    Parameter("ssl_min_protocol_version", Kind.TLS),
    Parameter("ssl_max_protocol_version", Kind.TLS),
    Parameter("application_name", Kind.SERVER, "PGAPPNAME"),
    Parameter("fallback_application_name", Kind.SERVER, target="application_name"),
    Parameter("options", Kind.SERVER, "PGOPTIONS"),
    Parameter("keepalives", Kind.SOCKET),
    Parameter("keepalives_idle", Kind.SOCKET),
    Parameter("keepalives_interval", Kind.SOCKET),
    Parameter("keepalives_count", Kind.SOCKET),
    Parameter("tcp_user_timeout", Kind.SOCKET),
    Parameter(
        "client_encoding",
        Kind.CHECKED,
        "PGCLIENTENCODING",
        accepted=("utf8", "utf-8", "unicode", "auto"),
        way_out="asyncpg always speaks UTF-8 with the server, and text is str on this side",
    ),
    Parameter(
        "channel_binding",
        Kind.CHECKED,
        "PGCHANNELBINDING",
        accepted=("disable", "prefer"),
        way_out="asyncpg cannot bind the channel; sslmode=verify-full makes sure of the server",
    ),
    Parameter(
        "gssencmode",
        Kind.CHECKED,
        "PGGSSENCMODE",
        accepted=("disable", "prefer"),
        way_out="asyncpg has no GSSAPI encryption; encrypt by TLS, with sslmode",
    ),
    Parameter("gssdelegation", Kind.CHECKED, "PGGSSDELEGATION", accepted=("0",)),
    Parameter("sslcertmode", Kind.CHECKED, "PGSSLCERTMODE", accepted=("allow",)),
    Parameter("sslsni", Kind.CHECKED, "PGSSLSNI", accepted=("1",)),
    Parameter("sslcompression", Kind.CHECKED, "PGSSLCOMPRESSION", accepted=("0",)),
    Parameter("min_protocol_version", Kind.CHECKED, "PGMINPROTOCOLVERSION", accepted=("3.0",)),
    Parameter("max_protocol_version", Kind.CHECKED, "PGMAXPROTOCOLVERSION", accepted=("3.0",)),
    Parameter(
        "requiressl",
        Kind.REFUSED,
        "PGREQUIRESSL",
        way_out="write sslmode=require",
    ),
    Parameter("sslcrldir", Kind.REFUSED, "PGSSLCRLDIR", way_out="name one file, with sslcrl"),
    Parameter(
        "require_auth",
        Kind.REFUSED,
        "PGREQUIREAUTH",
        way_out="sslmode=verify-full makes sure of the server",
    ),
    Parameter(
        "requirepeer",
        Kind.REFUSED,
        "PGREQUIREPEER",
        way_out="keep other accounts out of the socket's folder by its permissions",
    ),
    Parameter(
        "replication",
        Kind.REFUSED,
        way_out="use psycopg2's replication connection beside this engine",
    ),
    Parameter("scram_client_key", Kind.REFUSED, way_out="give the password"),
    Parameter("scram_server_key", Kind.REFUSED, way_out="give the password"),
    Parameter("sslkeylogfile", Kind.REFUSED, way_out="set the environment variable SSLKEYLOGFILE"),
    # psycopg2's own, which come in connect_args.
    Parameter("dsn", Kind.REFUSED, way_out="put it into the engine's URL"),
    Parameter(
        "cursor_factory", Kind.REFUSED, way_out="rows of SQLAlchemy have names: row._mapping"
    ),
    Parameter("connection_factory", Kind.REFUSED, way_out="asyncpg's connection_class is the like"),
    Parameter("async", Kind.REFUSED, way_out="leave it out: this driver always is"),
    Parameter("async_", Kind.REFUSED, way_out="leave it out: this driver always is"),
)

PARAMETERS: Mapping[str, Parameter] = MappingProxyType({row.name: row for row in _ROWS})
"""All of them, by name."""

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

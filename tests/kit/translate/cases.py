"""The table: a configuration for psycopg2, and what the server is expected to see of it."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

ODD_ROLE = f"port_kit_odd_{secrets.token_hex(4)}"
"""Of this run: a server's roles are those of all its databases."""


@dataclass(frozen=True)
class Case:
    """One configuration.

    Attributes:
        query: of the URL.
        options: as SQLALCHEMY_ENGINE_OPTIONS stand in Python.
        sees: what psycopg2's session has, so that the case can fail.
        told: keys that have a note.
        differs: what is not the same with asyncpg; the key of the note that says so.
        base: the URL without its query.

    """

    query: str = ""
    options: str = "{}"
    sees: Mapping[str, str] = field(default_factory=dict)
    told: tuple[str, ...] = ()
    differs: Mapping[str, str] = field(default_factory=dict)
    base: str = "postgresql+psycopg2://{who}@{host}:{port}/{db}"

    @property
    def url(self) -> str:
        return self.base + (f"?{self.query}" if self.query else "")

    def __str__(self) -> str:
        return " ".join(filter(None, (self.url.partition("://")[2], self.options)))


def _arguments(text: str, **more: object) -> Case:
    return Case(options=f'{{"connect_args": {text}}}', **more)  # type: ignore[arg-type]


_APP = {"application_name": "orders"}
_FIVE = {"statement_timeout": "5s"}

URLS = (
    Case(),
    Case(base="postgresql://{who}@{host}:{port}/{db}"),
    Case(base="postgres://{who}@{host}:{port}/{db}"),
    Case(base="postgresql://{odd}@{host}:{port}/{db}", sees={"role": ODD_ROLE}),
    Case("user={user}&password={password}", base="postgresql://{host}:{port}/{db}"),
    Case("host={host}&port={port}", base="postgresql://{who}@/{db}"),
    Case("host={host}:{port}", base="postgresql://{who}@/{db}"),
    Case("host=127.0.0.1:1&host={host}:{port}", base="postgresql://{who}@/{db}", told=("host",)),
    Case("host=127.0.0.1,{host}&port=1,{port}", base="postgresql://{who}@/{db}", told=("host",)),
    Case("hostaddr=127.0.0.1", base="postgresql://{who}@nowhere.invalid:{port}/{db}"),
    Case("application_name=orders", sees=_APP, told=("application_name",)),
    Case(
        "application_name=a%20%22b%22%20%27c%27%20%5Cd",
        sees={"application_name": "a \"b\" 'c' \\d"},
    ),
    Case("fallback_application_name=orders", sees=_APP),
    Case("application_name=orders&fallback_application_name=other", sees=_APP),
    Case("application_name="),
    Case("options=-c%20statement_timeout%3D5s", sees=_FIVE, told=("options", "statement_timeout")),
    Case("options=-cstatement_timeout%3D5s", sees=_FIVE),
    Case("options=--statement-timeout%3D5s", sees=_FIVE),
    Case("options=-c%20statement_timeout%3D1s%20-c%20statement_timeout%3D5s", sees=_FIVE),
    Case("options=-c%20statement_timeout%3D5000", sees=_FIVE),
    Case(
        "options=-c%20statement_timeout%3D5s%20-c%20lock_timeout%3D2s",
        sees=_FIVE | {"lock_timeout": "2s"},
        told=("lock_timeout",),
    ),
    Case("options=-c%20search_path%3Dsales%2Cpublic", sees={"search_path": "sales,public"}),
    Case("options=-c%20search_path%3Dsales%2C%5C%20public", sees={"search_path": "sales, public"}),
    Case(
        "options=-c%20TimeZone%3DEurope%2FBerlin",
        sees={"TimeZone": "Europe/Berlin"},
        told=("TimeZone",),
    ),
    Case(
        "options=-c%20timezone%3DAmerica%2FNew_York",
        sees={"TimeZone": "America/New_York"},
        told=("TimeZone",),
    ),
    Case(
        "options=-c%20DateStyle%3DGerman",
        told=("DateStyle",),
        sees={"DateStyle": "ISO, DMY"},
        differs={"DateStyle": "DateStyle"},
    ),
    Case(
        "options=-c%20idle_in_transaction_session_timeout%3D30s",
        sees={"idle_in_transaction_session_timeout": "30s"},
    ),
    Case(
        "options=-c%20default_transaction_isolation%3Dserializable",
        sees={"transaction_isolation": "serializable"},
    ),
    Case(
        "options=-c%20default_transaction_read_only%3Don",
        sees={"default_transaction_read_only": "on"},
    ),
    Case("options=-c%20application_name%3Dother&application_name=orders", sees=_APP),
    Case("options=-c%20application_name%3Dorders", sees=_APP),
    Case("options=-e", sees={"DateStyle": "ISO, DMY"}, told=("options",)),
    Case("connect_timeout=5", told=("connect_timeout",)),
    Case("connect_timeout=0"),
    Case("sslmode=disable", sees={"tls": "none"}, told=("sslmode",)),
    Case("sslmode=allow", sees={"tls": "none"}),
    Case("sslmode=prefer", sees={"tls": "none"}),
    Case("target_session_attrs=any"),
    Case("target_session_attrs=read-write", told=("target_session_attrs",)),
    Case("target_session_attrs=primary"),
    Case("target_session_attrs=prefer-standby"),
    Case(
        "load_balance_hosts=random&host=127.0.0.1:1&host={host}:{port}",
        base="postgresql://{who}@/{db}",
        told=("load_balance_hosts",),
    ),
    Case("client_encoding=utf8", sees={"client_encoding": "UTF8"}),
    Case(
        "client_encoding=latin1",
        sees={"client_encoding": "LATIN1"},
        told=("client_encoding",),
        differs={"client_encoding": "client_encoding"},
    ),
    Case("gssencmode=disable", told=("gssencmode",)),
    Case("channel_binding=prefer", told=("channel_binding",)),
    Case("require_auth=scram-sha-256", told=("require_auth",)),
    Case("passfile={passfile}", base="postgresql://{user}@{host}:{port}/{db}"),
    Case(
        "service=orders",
        base="postgresql://{who}@/",
        sees=_APP,
        told=("service",),
    ),
)

SOCKETS = (
    Case("keepalives=0", told=("keepalives",)),
    Case("keepalives_idle=30", told=("keepalives_idle",)),
    Case("keepalives_interval=7&keepalives_count=3", told=("keepalives_count",)),
    Case("tcp_user_timeout=0"),
    Case("tcp_user_timeout=-5"),
    Case("tcp_user_timeout=2500", told=("tcp_user_timeout",)),
    _arguments(
        '{"keepalives": 1, "keepalives_idle": 30, "tcp_user_timeout": 2500}',
        told=("tcp_user_timeout",),
    ),
)
"""The sockets of this side are held against each other as well."""

OPTIONS = (
    Case(options='{"pool_pre_ping": True, "pool_recycle": 300}', told=("pool_pre_ping",)),
    Case(options='{"pool_size": 5, "max_overflow": 10, "pool_timeout": 3}', told=("pool_size",)),
    Case(options='{"pool_use_lifo": True, "pool_reset_on_return": "rollback"}'),
    Case(options='{"poolclass": NullPool}', told=("poolclass",)),
    Case(options='{"poolclass": QueuePool, "pool_size": 2}', told=("poolclass",)),
    Case(options='{"poolclass": StaticPool}', told=("poolclass",)),
    Case(options='{"poolclass": SingletonThreadPool}', told=("poolclass",)),
    Case(
        options='{"isolation_level": "SERIALIZABLE"}',
        sees={"transaction_isolation": "serializable"},
    ),
    Case(
        options='{"isolation_level": "REPEATABLE READ"}',
        sees={"transaction_isolation": "repeatable read"},
    ),
    Case(
        options='{"isolation_level": "READ UNCOMMITTED"}',
        told=("isolation_level",),
        sees={"transaction_isolation": "read uncommitted"},
        differs={"transaction_isolation": "isolation_level"},
    ),
    Case(
        options='{"isolation_level": "AUTOCOMMIT"}',
        sees={"autocommit": "True"},
        told=("isolation_level",),
    ),
    Case(
        options='{"execution_options": {"isolation_level": "SERIALIZABLE"}}',
        sees={"transaction_isolation": "serializable"},
    ),
    Case(
        options='{"executemany_mode": "values_plus_batch", "executemany_batch_page_size": 200}',
        told=("executemany_mode", "executemany_batch_page_size"),
    ),
    Case(options='{"use_native_hstore": False}', told=("use_native_hstore",)),
    Case(options='{"client_encoding": "utf8"}', sees={"client_encoding": "UTF8"}),
    Case(
        options='{"client_encoding": "latin1"}',
        sees={"client_encoding": "LATIN1"},
        told=("client_encoding",),
        differs={"client_encoding": "client_encoding"},
    ),
    Case(options='{"echo": False, "hide_parameters": True, "query_cache_size": 50}'),
    Case(options='{"insertmanyvalues_page_size": 100, "use_insertmanyvalues": True}'),
    Case(
        options='{"json_serializer": json.dumps, "json_deserializer": json.loads}',
        told=("json_serializer",),
    ),
    _arguments('{"application_name": "orders"}', sees=_APP),
    _arguments('{"connect_timeout": 5}', told=("connect_timeout",)),
    _arguments('{"options": "-c statement_timeout=5s"}', sees=_FIVE),
    _arguments(
        '{"options": "-c statement_timeout=5s"}',
        query="options=-c%20lock_timeout%3D1s",
        sees=_FIVE | {"lock_timeout": "0"},
    ),
    _arguments('{"application_name": "orders"}', query="application_name=other", sees=_APP),
    _arguments('{"sslmode": "prefer", "application_name": None}', sees={"tls": "none"}),
    _arguments(
        '{"dsn": "application_name=orders options=\'-c statement_timeout=5s\'"}',
        sees=_APP | _FIVE,
        told=("dsn",),
    ),
)

_WITH_CERTIFICATE = "sslrootcert={root}&sslcert={client}&sslkey={client}"

WITH_TLS = (
    Case(
        f"sslmode=verify-full&{_WITH_CERTIFICATE}",
        sees={"client_certificate": "{client_name}"},
    ),
    Case(
        f"sslmode=prefer&{_WITH_CERTIFICATE}",
        sees={"client_certificate": "{client_name}"},
    ),
    Case("sslmode=disable", sees={"tls": "none"}),
    Case("sslmode=allow", sees={"tls": "none"}),
    Case("sslmode=prefer", sees={"tls": "TLSv1.3"}),
    Case("sslmode=require", sees={"tls": "TLSv1.3"}, told=("sslmode",)),
    Case("sslmode=require&sslrootcert={root}", sees={"tls": "TLSv1.3"}),
    Case("sslmode=verify-ca&sslrootcert={root}", sees={"tls": "TLSv1.3"}),
    Case("sslmode=verify-full&sslrootcert={root}", sees={"tls": "TLSv1.3"}),
    Case("sslmode=require&ssl_max_protocol_version=TLSv1.2", sees={"tls": "TLSv1.2"}),
    Case(
        "sslmode=verify-full&sslrootcert={root}&ssl_max_protocol_version=TLSv1.2",
        sees={"tls": "TLSv1.2"},
    ),
    Case(
        "sslmode=verify-full&sslrootcert={root}&hostaddr=127.0.0.1",
        sees={"tls": "TLSv1.3"},
        told=("hostaddr",),
    ),
    _arguments('{"sslmode": "verify-ca", "sslrootcert": "{root}"}', sees={"tls": "TLSv1.3"}),
    Case(
        "channel_binding=require&sslmode=require",
        sees={"tls": "TLSv1.3"},
        told=("channel_binding",),
    ),
)

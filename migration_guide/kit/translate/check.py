"""Connect in all three ways, and compare what the server sees."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import asyncpg
import psycopg2
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from migration_guide.kit.failures import EnvironmentFailure
from migration_guide.kit.translate.code import codes
from migration_guide.kit.translate.given import Code, Given, InputError
from migration_guide.kit.translate.secrets import scrubbed
from migration_guide.kit.translate.translation import Translation, translate

CONNECT_S = 10.0
"""How long a connection may take for which the configuration does not say it."""
_SPARE_S = 2.0
SETTINGS = (
    *("application_name", "TimeZone", "search_path", "statement_timeout", "lock_timeout"),
    *("idle_in_transaction_session_timeout", "client_encoding", "DateStyle"),
    *("transaction_isolation", "default_transaction_isolation", "default_transaction_read_only"),
)
_COLUMNS = (
    "current_user AS role",
    "current_database() AS database",
    "coalesce(host(inet_server_addr()), 'UNIX socket') AS server_address",
    "inet_server_port() AS server_port",
    "coalesce(session.version, 'none') AS tls",
    "coalesce(session.client_dn, 'none') AS client_certificate",
    *(f"current_setting('{name}') AS \"{name}\"" for name in SETTINGS),
)
_FROM = "(SELECT pg_backend_pid() AS pid) AS own LEFT JOIN pg_stat_ssl AS session USING (pid)"
QUERY = text("SELECT " + ", ".join(_COLUMNS) + " FROM " + _FROM)  # noqa: S608 -- of constants
BEGUN = text("SELECT now()")
"""When the transaction began: in AUTOCOMMIT, each statement is one."""
_OF_CONNECTION = ("connect_args", "isolation_level", "execution_options", "client_encoding")
_DRIVER_ERRORS = (
    *(SQLAlchemyError, psycopg2.Error, asyncpg.PostgresError, asyncpg.InterfaceError),
    *(OSError, ValueError, TypeError, asyncpg.ClientConfigurationError),
)

Seen = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """What the server sees of one thing, by each way."""

    what: str
    psycopg2: str
    resilient: str
    stock: str

    @property
    def same(self) -> bool:
        return self.psycopg2 == self.resilient == self.stock


@dataclass(frozen=True)
class Checked:
    rows: Sequence[Row]

    @property
    def same(self) -> bool:
        return all(row.same for row in self.rows)

    @property
    def different(self) -> list[str]:
        return [row.what for row in self.rows if not row.same]


def check(given: Given) -> Checked:
    """Connect with psycopg2, the kit's dialect and the stock one.

    Options that do not reach the server are left out: no function of the team's is called, but for
    a `creator` that an application has at hand.

    Raises:
        EnvironmentFailure: one of them cannot connect.

    """
    kept = {name: value for name, value in given.options.items() if name in _OF_CONNECTION}
    lean = replace(given, options=kept)
    translation = translate(lean)
    creator = given.options.get("creator")
    if creator is not None and not (isinstance(creator, Code) and callable(creator.value)):
        raise InputError("--check: creator is only a name here, and cannot be called: --from-app.")
    if left := [code.text for code in _unknown(lean.options)]:
        raise InputError(f"--check: {left[0]} is not known here: use --from-app, or set it.")
    before = _guarded("psycopg2", given, lambda: _sync(lean, creator))
    resilient = _guarded(RESILIENT_NAME, given, lambda: asyncio.run(_resilient(translation)))
    stock = _guarded(STOCK_NAME, given, lambda: asyncio.run(_stock(translation)))
    return Checked(
        [Row(what, str(before[what]), str(resilient[what]), str(stock[what])) for what in before]
    )


RESILIENT_NAME = "the kit's dialect"
STOCK_NAME = "the stock dialect"


def _unknown(value: Any) -> list[Code]:
    return list(codes(value))


def _guarded(who: str, given: Given, see: Callable[[], Seen]) -> Seen:
    try:
        return see()
    except _DRIVER_ERRORS as error:
        raise EnvironmentFailure(
            f"--check: {who} cannot connect: {scrubbed(_reason(error), given)}"
        ) from None


def _reason(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    text = str(getattr(error, "orig", None) or error).strip() or type(error).__name__
    if isinstance(error, ArgumentError):
        return text
    return text.partition("\n(Background")[0]


def _see(connection: Connection) -> Seen:
    began = connection.execute(BEGUN).scalar_one()
    seen = dict(connection.execute(QUERY).mappings().one())
    seen["autocommit"] = connection.execute(BEGUN).scalar_one() != began
    return seen


def _sync(given: Given, creator: Code | None) -> Seen:
    options = {name: _plain(value) for name, value in given.options.items()}
    arguments = dict(options.pop("connect_args", {}) or {})
    if "connect_timeout" not in given.url.query and "connect_timeout" not in given.service:
        arguments.setdefault("connect_timeout", int(CONNECT_S))
    if creator is not None:
        options["creator"] = creator.value
    engine = create_engine(given.url, connect_args=arguments, poolclass=NullPool, **options)
    with engine.connect() as connection:
        return _see(connection)


async def _resilient(translation: Translation) -> Seen:
    options = {name: _plain(value) for name, value in translation.resilient_options.items()}
    options.pop("poolclass", None)
    engine = create_async_engine(translation.resilient_url, poolclass=NullPool, **options)
    return await _see_async(engine, translation)


async def _stock(translation: Translation) -> Seen:
    names: dict[str, Any] = {}
    exec(compile(translation.code, "<stock>", "exec"), names)  # noqa: S102 -- made by this package
    return await _see_async(names["engine"], translation)


async def _see_async(engine: AsyncEngine, translation: Translation) -> Seen:
    timeout = translation.stock.connect_args.get("timeout", CONNECT_S)
    hosts = translation.stock.connect_args.get("host")
    servers = len(hosts) if isinstance(hosts, list) else 1
    limit = None if timeout is None else timeout * servers + _SPARE_S
    try:
        async with asyncio.timeout(limit), engine.connect() as connection:
            return await connection.run_sync(_see)
    finally:
        await _bounded(engine.dispose())


async def _bounded(work: Awaitable[None]) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(work, _SPARE_S)


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value

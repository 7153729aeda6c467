"""``postgresql+resilient_asyncpg://``: asyncpg that recovers at least as well as psycopg2."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, cast

from sqlalchemy import URL, exc, util
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.engine.interfaces import ConnectArgsType, DBAPIConnection, DBAPIModule
from sqlalchemy.pool import AsyncAdaptedQueuePool, Pool, QueuePool

from . import libpq
from .counters import Counters
from .dbapi import ResilientDBAPI
from .pool import ResilientQueuePool
from .state import EngineState


class ResilientDialect(PGDialect_asyncpg):
    """A subclass of SQLAlchemy's dialect for asyncpg; ``create_async_engine`` makes it.

    Its options stand beside ``pool_pre_ping`` and ``pool_recycle``. Times are seconds.

    Args:
        ping_timeout: how long a pre-ping may take. Half a second is far above the round trip to a
            database in the same region, and far below what a user notices as broken.
        ping_bypass: a connection that answered this recently, and on whose socket nothing has
            arrived since, is not pinged; 0: always ping. As HikariCP's aliveBypassWindowMs, 500 ms.
            The price: a black hole younger than this costs one error, after `command_timeout`;
            without that, the request waits as with the stock dialect.
        command_timeout: how long one statement may take, COMMIT included; None: without limit.
            asyncpg's name for it. The connection is given up when it passes.
        close_timeout: how long a goodbye or a ROLLBACK may take before the connection is aborted;
            2 s is what the stock dialect allows for a goodbye.
        transaction_pooler: True behind a pooler that gives each transaction another server
            connection, such as PgBouncer's transaction mode before 1.21: nothing is prepared under
            a name. Each statement then costs two round trips instead of one.
        connect_args: parameters of libpq or asyncpg, see `parameters.PARAMETERS`.
        poolclass: as in ``create_engine``; a QueuePool becomes the dialect's own.
        client_encoding, executemany_mode, executemany_batch_page_size, use_native_hstore: of the
            psycopg2 dialect; accepted where they ask for what this one does.

    Raises:
        sqlalchemy.exc.ArgumentError: an option or a connection parameter that cannot be honoured.

    """

    supports_statement_cache = True
    engine_config_types: Mapping[str, Any] = MappingProxyType(
        {
            **PGDialect_asyncpg.engine_config_types,
            "ping_timeout": float,
            "ping_bypass": float,
            "command_timeout": float,
            "close_timeout": float,
            "pool_recycle_jitter": float,
            "transaction_pooler": util.asbool,
        }
    )
    """How to read options that come as text, from a file of settings."""

    def __init__(
        self,  # create_engine() finds the names of options among those of positional arguments
        ping_timeout: float = EngineState.ping_timeout,
        ping_bypass: float = EngineState.ping_bypass,
        command_timeout: float | None = EngineState.command_timeout,
        close_timeout: float = EngineState.close_timeout,
        transaction_pooler: bool = False,  # noqa: FBT001, FBT002
        connect_args: Mapping[str, Any] | None = None,
        poolclass: type[Pool] | None = None,
        client_encoding: str | None = None,
        executemany_mode: str = "values_only",
        executemany_batch_page_size: int | None = None,
        use_native_hstore: bool | None = None,  # noqa: FBT001
        **options: Any,
    ) -> None:
        _check_times(ping_timeout=ping_timeout, close_timeout=close_timeout)
        if command_timeout is not None:
            _check_times(command_timeout=command_timeout)
        if ping_bypass != 0:
            _check_times(ping_bypass=ping_bypass)
        _check_psycopg2(executemany_mode, executemany_batch_page_size, use_native_hstore)
        super().__init__(**options)
        self.state = EngineState(
            ping_timeout=ping_timeout,
            ping_bypass=ping_bypass,
            command_timeout=command_timeout,
            close_timeout=close_timeout,
            transaction_pooler=transaction_pooler,
        )
        self.state.invalidate_plans = self._invalidate_schema_cache
        self._poolclass = poolclass
        self._connect_args = dict(connect_args or {})
        if client_encoding is not None:
            self._connect_args.setdefault("client_encoding", client_encoding)
        dbapi: Any = self.dbapi
        if isinstance(dbapi, ResilientDBAPI):
            dbapi.state = self.state

    @property
    def counters(self) -> Counters:
        """What happened to the engine's connections so far."""
        return self.state.counters

    @classmethod
    def import_dbapi(cls) -> DBAPIModule:
        return cast("DBAPIModule", ResilientDBAPI())

    @util.memoized_property
    def _isolation_lookup(self) -> dict[str, str]:
        """With the one level that asyncpg has and the stock dialect does not mention."""
        return {**super()._isolation_lookup, "READ UNCOMMITTED": "read_uncommitted"}

    def get_dialect_pool_class(self, url: URL) -> type[Pool]:  # noqa: ARG002 -- as it is called
        if self._poolclass in {None, QueuePool, AsyncAdaptedQueuePool}:
            return ResilientQueuePool
        return self._poolclass

    def create_connect_args(self, url: URL) -> ConnectArgsType:
        """The parameters as they were given, so that a ``do_connect`` handler finds libpq's names.

        All are read here once, so that what cannot be honoured is told when the engine is made.
        """
        parameters = url.translate_connect_args(username="user")
        parameters.update(url.query)
        hosts, ports = self._split_multihost_from_url(url)
        if hosts:
            parameters["host"] = list(hosts)
            if ports and any(ports):
                if not all(ports):
                    raise exc.ArgumentError(
                        "All ports are required to be present for asyncpg multiple host URL: write"
                        " 5432 where there was none."
                    )
                parameters["port"] = list(ports)
        parameters |= self._connect_args
        if "dbname" in parameters:
            parameters.pop("database", None)  # as with psycopg2, it comes before the URL's path
        libpq.read(parameters)
        return (), parameters

    def _do_ping_w_event(self, dbapi_connection: DBAPIConnection) -> bool:
        alive: bool = super()._do_ping_w_event(dbapi_connection)
        if not alive and not dbapi_connection.silent:
            # Its siblings tell for themselves, and quickly. Only silence condemns them all.
            raise exc.DisconnectionError("the connection has ended while it was idle")
        return alive

    def is_disconnect(
        self,
        e: Exception,
        connection: Any,
        cursor: Any,  # noqa: ARG002
    ) -> bool:
        if isinstance(e, ResilientDBAPI.Error) and e.connection_lost:
            return True
        return connection is not None and bool(connection.is_closed())


def _check_times(**options: float) -> None:
    for name, value in options.items():
        if not (isinstance(value, (int, float)) and value > 0):  # NaN is not, either
            raise exc.ArgumentError(f"The engine option {name} is {value}; give seconds above 0.")


def _check_psycopg2(mode: str, page_size: int | None, native_hstore: bool | None) -> None:  # noqa: FBT001
    if mode not in {"values_only", "values_plus_batch"}:
        raise exc.ArgumentError(
            f"The engine option executemany_mode={mode} is none of psycopg2's; leave it out:"
            " asyncpg always sends batches."
        )
    if page_size is not None:
        raise exc.ArgumentError(
            "The engine option executemany_batch_page_size cannot be honoured; leave it out:"
            " asyncpg chooses the size of its batches."
        )
    if native_hstore is not None:
        raise exc.ArgumentError(
            "The engine option use_native_hstore cannot be honoured; leave it out, and give such"
            " columns the type sqlalchemy.dialects.postgresql.HSTORE."
        )

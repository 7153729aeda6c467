"""``postgresql+resilient_asyncpg://``: asyncpg that recovers at least as well as psycopg2."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, cast

from sqlalchemy import URL, exc, util
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.engine.interfaces import ConnectArgsType, DBAPIConnection, DBAPIModule
from sqlalchemy.pool import Pool

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
        ping_bypass: a connection that answered this recently is not pinged; 0: always ping. As
            HikariCP's aliveBypassWindowMs, 500 ms. The price: a black hole younger than this costs
            one error, after `command_timeout`.
        command_timeout: how long one statement may take, COMMIT included; None: without limit.
            asyncpg's name for it. The connection is given up when it passes.
        close_timeout: how long a goodbye or a ROLLBACK may take before the connection is aborted;
            2 s is what the stock dialect allows for a goodbye.
        transaction_pooler: True behind a pooler that gives each transaction another server
            connection, such as PgBouncer's transaction mode before 1.21: nothing is prepared under
            a name. Each statement then costs two round trips instead of one.
        connect_args: parameters of libpq or asyncpg, see `parameters.PARAMETERS`.
        client_encoding, executemany_mode: of the psycopg2 dialect; accepted where they ask for
            what this one does.

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
        client_encoding: str | None = None,
        executemany_mode: str = "values_only",
        **options: Any,
    ) -> None:
        _check_times(
            ping_timeout=ping_timeout, command_timeout=command_timeout, close_timeout=close_timeout
        )
        if ping_bypass < 0:
            raise exc.ArgumentError("The engine option ping_bypass is negative; 0: always ping.")
        if executemany_mode not in {"values_only", "values_plus_batch"}:
            raise exc.ArgumentError(
                f"The engine option executemany_mode={executemany_mode} is none of psycopg2's;"
                " leave it out: asyncpg always sends batches."
            )
        super().__init__(**options)
        self.state = EngineState(
            ping_timeout=ping_timeout,
            ping_bypass=ping_bypass,
            command_timeout=command_timeout,
            close_timeout=close_timeout,
            transaction_pooler=transaction_pooler,
        )
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

    @classmethod
    def get_pool_class(cls, url: URL) -> type[Pool]:  # noqa: ARG003 -- SQLAlchemy's signature
        return ResilientQueuePool

    def create_connect_args(self, url: URL) -> ConnectArgsType:
        """The parameters under libpq's names, so that a ``do_connect`` handler finds them.

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
        libpq.read(parameters)
        return (), parameters

    def _do_ping_w_event(self, dbapi_connection: DBAPIConnection) -> bool:
        alive: bool = super()._do_ping_w_event(dbapi_connection)
        if not alive and dbapi_connection.is_closed():
            # Its siblings know without a round trip whether they are closed too: replace this one.
            raise exc.DisconnectionError("the peer closed the connection while it was idle")
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


def _check_times(**options: float | None) -> None:
    for name, value in options.items():
        if value is not None and value <= 0:
            raise exc.ArgumentError(f"The engine option {name} is {value}; give seconds above 0.")

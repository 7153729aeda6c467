"""The DBAPI that the dialect shows SQLAlchemy: asyncpg, with psycopg2's errors."""

from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi
from sqlalchemy.exc import ArgumentError
from sqlalchemy.util.concurrency import await_

from . import libpq
from .checkout import watch_deadline
from .connection import ResilientConnection, read_only_is_wished
from .connector import ConnectError, connect_to
from .errors import SQLSTATE_CLASSES, Diagnostics
from .state import EngineState, logger

DRIVER_ERRORS = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
)
"""What a driver raises, as against mistakes of the program; a timeout is an OSError."""

_Stock = AsyncAdapt_asyncpg_dbapi


class ResilientDBAPI(_Stock):
    """One for each engine.

    The classes of its errors are psycopg2's, so that ``except OperationalError`` keeps matching.
    """

    def __init__(self) -> None:
        super().__init__(asyncpg)
        self.state = EngineState()  # the dialect puts its own here

    def connect(self, **parameters: Any) -> ResilientConnection:
        """Connect, from within SQLAlchemy's greenlet.

        Args:
            parameters: of libpq, asyncpg or SQLAlchemy's adapter; see `libpq.read`.

        Raises:
            OperationalError: it failed, whatever the reason, as with psycopg2; `sqlstate` has the
                server's reason, if it was the server's.
            ArgumentError: a parameter cannot be honoured.

        """
        create = parameters.pop("async_creator_fn", None)
        if create and (self.state.command_timeout or self.state.transaction_pooler):
            raise ArgumentError(
                "The engine options command_timeout and transaction_pooler do not reach the"
                " connections of an async_creator: give it asyncpg's command_timeout or"
                " statement_cache_size=0, and leave the options out."
            )
        # A creator has parameters of its own; what is left are those of the adapter.
        target = libpq.Target((), {}, adapter=parameters) if create else libpq.read(parameters)
        watch_deadline()
        connection, wants_read_only = await_(self._connect(target, create))
        adapter = dict(target.adapter)
        if self.state.transaction_pooler:
            adapter |= {"prepared_statement_cache_size": 0, "prepared_statement_name_func": None}
        return ResilientConnection(
            self,
            connection,
            state=self.state,
            wants_read_only=target.wants_read_only or wants_read_only,
            **adapter,
        )

    async def _connect(
        self, target: libpq.Target, create: Callable[[], Awaitable[Any]] | None
    ) -> tuple[Any, bool]:
        """A connection, and whether it is read-only by somebody's wish."""
        await self.state.make_room()
        try:
            connection = await (create() if create else connect_to(target, self._defaults()))
            wants_read_only = await read_only_is_wished(connection)
        except Exception as error:
            self.state.counters.connect_failures += 1
            cause = error.__cause__ if isinstance(error, ConnectError) else error
            logger.warning("No connection to the database (%s).", type(cause).__name__)
            raise self.OperationalError(message_of(error), cause) from error
        self.state.counters.connects += 1
        logger.debug("Connected; the server's process is %s.", connection.get_server_pid())
        return connection, wants_read_only

    def _defaults(self) -> dict[str, Any]:
        """Arguments of asyncpg.connect() that stem from the engine's options."""
        pooler = {"statement_cache_size": 0} if self.state.transaction_pooler else {}
        return {"command_timeout": self.state.command_timeout} | pooler

    class Error(_Stock.Error):
        """The base of them all.

        Attributes:
            sqlstate, pgcode: what the server gave; None for an error of the client or the network.
            diag: the server's fields, under psycopg2's names.
            pgerror: the server's message as psql prints it; None like the above.
            connection_lost: the connection is gone, or must not be used again.
            condemns_pool: the same has to be presumed of all its siblings.
            driver_exception: the exception underneath.

        """

        connection_lost = False
        condemns_pool = False

        @property
        def diag(self) -> Diagnostics:
            return Diagnostics.of(self.orig)

        @property
        def pgerror(self) -> str | None:
            severity = self.diag.severity
            return f"{severity}:  {self}\n" if severity else None

    class Warning(Error):  # noqa: A001, N818 -- its name in DBAPI
        pass

    class InterfaceError(Error):
        pass

    class DatabaseError(Error):
        pass

    class InternalError(DatabaseError):
        pass

    class OperationalError(DatabaseError):
        pass

    class ProgrammingError(DatabaseError):
        pass

    class IntegrityError(DatabaseError):
        pass

    class DataError(DatabaseError):
        pass

    class NotSupportedError(DatabaseError):
        pass

    class RestrictViolationError(IntegrityError):
        pass

    class NotNullViolationError(IntegrityError):
        pass

    class ForeignKeyViolationError(IntegrityError):
        pass

    class UniqueViolationError(IntegrityError):
        pass

    class CheckViolationError(IntegrityError):
        pass

    class ExclusionViolationError(IntegrityError):
        pass

    class InternalServerError(InternalError):
        """SQLAlchemy drops its caches of types and statements on it."""

    class InternalClientError(InternalError):
        pass

    class InvalidCachedStatementError(OperationalError):
        """SQLAlchemy drops its caches of types and statements on it.

        It means that the transaction has to be repeated, as a serialization failure does, and has
        its class; psycopg2, which prepares nothing, does not know it.
        """

        def __init__(self, message: str, error: Exception | None = None) -> None:
            super().__init__(
                f"{message} (SQLAlchemy asyncpg dialect will now invalidate all prepared caches in"
                " response to this exception)",
                error,
            )

    driver_errors = DRIVER_ERRORS

    def translate(self, error: Exception, *, closed: bool = False) -> "ResilientDBAPI.Error":
        """The error that psycopg2 would raise on a connection in use.

        Args:
            error: of asyncpg, the socket or the clock.
            closed: whether the connection is known to be closed.

        """
        message = message_of(error)
        if isinstance(error, asyncpg.ConnectionDoesNotExistError) and isinstance(
            error.__cause__, asyncpg.PostgresError
        ):
            error = error.__cause__  # the server's last words before it closed the connection
        translated = getattr(self, self._class_name(error, closed=closed))(message, error)
        translated.connection_lost = (
            closed
            or isinstance(error, OSError)  # a timeout is one
            or getattr(error, "severity_en", None) in {"FATAL", "PANIC"}
        )
        assert isinstance(translated, ResilientDBAPI.Error)  # noqa: S101 -- for the type checker
        return translated

    @staticmethod
    def _class_name(error: Exception, *, closed: bool) -> str:
        sqlstate = getattr(error, "sqlstate", None) or ""
        if closed or isinstance(error, OSError):
            name = "OperationalError"
        elif isinstance(error, asyncpg.InvalidCachedStatementError):
            name = "InvalidCachedStatementError"
        elif sqlstate:
            by_class = SQLSTATE_CLASSES.get(sqlstate[:2], "DatabaseError")
            name = SQLSTATE_CLASSES.get(sqlstate, by_class)
        elif isinstance(error, asyncpg.exceptions.DataError):
            name = "DataError"  # an argument that asyncpg itself refuses
        elif isinstance(error, asyncpg.InterfaceError):
            name = "InterfaceError"
        else:
            name = "InternalClientError"
        return name


def message_of(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return str(error) or "the server did not answer in time"
    return str(error) or type(error).__name__

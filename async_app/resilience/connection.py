"""A connection that knows when it last answered, and that ends without making anyone wait."""

import asyncio
import contextlib
import select
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, NoReturn

import asyncpg
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_connection
from sqlalchemy.util.concurrency import await_, in_greenlet

from .checkout import seconds_left, watch_deadline
from .cursor import ResilientCursor, ResilientServerSideCursor
from .state import EngineState, logger

if TYPE_CHECKING:
    from .dbapi import ResilientDBAPI

READ_ONLY_SQL_TRANSACTION = "25006"
STANDBY = "in_hot_standby"
READ_ONLY = "default_transaction_read_only"
SOURCES_OF_A_SERVER = ("configuration file", "command line")
"""Of a setting (PostgreSQL manual, 53.25 pg_settings): whoever administers the server."""

TURNS = 8
"""Of the event loop, for it to notice that a connection has ended. A FIN takes it three; with a
last message of the server before it four, five over TLS (measured)."""


class ResilientConnection(AsyncAdapt_asyncpg_connection):
    """SQLAlchemy's view of an asyncpg connection.

    Attributes:
        last_answer: when the server last answered, by `time.monotonic`.
        silent: whether a question to the server was not answered in time.

    """

    __slots__ = (
        *("_ended", "_news", "_presumed_dead", "_state", "_wants_read_only"),
        *("last_answer", "silent"),
    )

    # asyncpg has no type hints.
    _connection: Any
    _transaction: Any
    dbapi: "ResilientDBAPI"

    _cursor_cls = ResilientCursor
    _ss_cursor_cls = ResilientServerSideCursor

    def __init__(
        self,
        dbapi: "ResilientDBAPI",
        connection: asyncpg.Connection,
        *,
        state: EngineState,
        wants_read_only: bool = False,
        **adapter: Any,
    ) -> None:
        super().__init__(dbapi, connection, **adapter)
        self._state = state
        self._wants_read_only = wants_read_only
        self._presumed_dead = self._ended = self.silent = False
        self._news = _watch(connection)
        self.last_answer = time.monotonic()

    def prepared(self, operation: str, as_of: float) -> Any:
        """A statement that is prepared already, with the description of its rows; else None."""
        cache = self._prepared_statement_cache
        if cache is None or as_of > self._invalidate_schema_cache_asof:
            return None
        found = cache.get(operation)
        return found[:2] if found is not None and found[2] > as_of else None

    async def _prepare(self, operation: str, invalidate_timestamp: float) -> Any:
        """Prepare a statement; with the description of its rows, which the stock one makes anew."""
        await self._check_type_cache_invalidation(invalidate_timestamp)
        statement = await self._connection.prepare(
            operation, name=self._prepared_statement_name_func()
        )
        description = [
            (attribute.name, attribute.type.oid, None, None, None, None, None)
            for attribute in statement.get_attributes()
        ] or None
        if self._prepared_statement_cache is not None:
            self._prepared_statement_cache[operation] = statement, description, time.time()
        return statement, description

    async def renew_plans(self) -> float:
        """Forget the plans that a change of the schema has made invalid, those of siblings too.

        Called where the first statement of a transaction, or one in AUTOCOMMIT, was refused for
        its plan: nothing was done, so that it can be done again. The moment (`time.time`) before
        which nothing prepared is valid.
        """
        state = self._state
        state.counters.replanned += 1
        state.invalidate_plans()
        if self._transaction is not None:
            await self._rollback_in_time()
        return time.time()

    def worked_lately(self) -> bool:
        """Whether it is as good as sure, without a round trip, that the server is there."""
        state, last_answer = self._state, self.last_answer
        return (
            time.monotonic() - last_answer < state.ping_bypass
            and last_answer > state.suspected_at
            and not self.is_closed()
            and not self._has_news()
        )

    def ping(self) -> None:
        """Make sure that the server is there, by one round trip or, if possible, by none.

        Raises:
            OperationalError: it is not, or did not answer within `ping_timeout`.

        """
        state = self._state
        if self.worked_lately():
            state.counters.pings_skipped += 1
            return
        if not self.is_closed() and self._has_news():
            await_(self._hear())
        if self.is_closed():
            state.counters.found_closed += 1
            raise self._found_dead(asyncpg.InterfaceError("the peer closed it while it was idle"))
        watch_deadline()
        state.counters.pings += 1
        # What is left of the checkout's time has to do for a new connection too.
        left = seconds_left()
        timeout = state.ping_timeout if left is None else min(state.ping_timeout, left / 2)
        try:
            # The simple protocol: one round trip, and nothing is left behind a transaction pooler.
            await_(self._connection.execute("SELECT 1", timeout=timeout))
        except TimeoutError as error:
            self.silent = True
            state.counters.found_silent += 1
            silence = TimeoutError(f"no answer to a ping within {timeout:.2g} s")
            raise self._found_dead(silence) from error
        except self.dbapi.driver_errors as error:
            state.counters.found_broken += 1
            raise self._found_dead(error) from error
        self.last_answer = time.monotonic()

    def _has_news(self) -> bool:
        return bool(self._news and self._news.poll(0))

    async def _hear(self) -> None:
        """Let the event loop take what has arrived: it may be the end of the connection."""
        for _ in range(TURNS):
            await asyncio.sleep(0)
            if self.is_closed():
                return

    def _found_dead(self, error: Exception) -> "ResilientDBAPI.Error":
        self._presumed_dead = True
        self._state.suspect_all(silent=self.silent)
        logger.info("A pooled connection is dead and gets replaced: %s.", error)
        return self.dbapi.translate(error, closed=True)

    async def leave_implicit_transaction(self, error: Exception) -> None:
        """After an error of asyncpg's own in AUTOCOMMIT, let the server end what it has begun.

        asyncpg prepares a statement without a Sync message. When it then refuses an argument, the
        server waits for the rest: it holds locks, and behind a transaction pooler the connection.
        """
        by_server = getattr(error, "severity", None) is not None
        if self._transaction is None and not (by_server or isinstance(error, OSError)):
            with contextlib.suppress(*self.dbapi.driver_errors):
                await self._connection.execute("SELECT 1", timeout=self._state.ping_timeout)

    def rollback(self) -> None:
        """Roll back within `close_timeout`: a ROLLBACK is never long, unless nobody answers."""
        if self._transaction is not None:
            await_(self._rollback_in_time())

    async def _rollback_in_time(self) -> None:
        self._state.watchdog.watch(self)
        try:
            await self._transaction.rollback()
        except Exception as error:  # noqa: BLE001 -- all of them are raised, as psycopg2 would
            self.fail(TimeoutError("no answer to ROLLBACK in time") if self.silent else error)
        finally:
            self._state.watchdog.forget(self)
            self._transaction = None  # it is over, however it ended
        self.last_answer = time.monotonic()

    def give_up(self) -> None:
        """Stop waiting for an answer that does not come; what waits for it fails."""
        self.silent = True
        self._state.suspect_all(silent=True)
        self._state.abort(self._connection)

    async def _call_and_discard(self, fn: Callable[[], Awaitable[Any]]) -> None:
        await super()._call_and_discard(fn)
        self.last_answer = time.monotonic()

    def presume_dead(self) -> None:
        """Let it end without a goodbye."""
        self._presumed_dead = True

    def is_closed(self) -> bool:
        """Whether this side or the other has closed it, as far as the event loop knows."""
        return self._ended or bool(self._connection.is_closed())

    def cursor(self, server_side: bool = False) -> Any:  # noqa: FBT001, FBT002 -- as it is called
        if self._ended:
            raise self.dbapi.InterfaceError("the connection is closed")
        return super().cursor(server_side=server_side)

    def close(self) -> None:
        """Close politely, while nobody waits; the server ends an open transaction by itself."""
        self.terminate()

    def terminate(self) -> None:
        """Close without waiting: politely in the background, at once where that is in vain."""
        self._transaction = None
        self._ended = True
        if self._connection.is_closed():
            self._state.counters.ended_by_peer += 1
            self._connection.terminate()  # frees what belongs to it
        elif self._presumed_dead or not in_greenlet():  # garbage is collected outside of one
            self._state.abort(self._connection)
        else:
            self._state.close_in_background(self._connection)

    def fail(self, error: Exception) -> NoReturn:
        """Raise *error* as psycopg2 would, and note what it says of this connection.

        What is not the driver's, such as a mistake of the program, is raised as it is.
        """
        if not isinstance(error, self.dbapi.driver_errors):
            raise error
        translated = self.dbapi.translate(error, closed=self.is_closed())
        state = self._state
        if translated.sqlstate == READ_ONLY_SQL_TRANSACTION and self._server_is_demoted():
            translated.connection_lost = translated.condemns_pool = True
            state.counters.demoted += 1
            logger.warning("The server has become read-only; all connections are replaced.")
        elif isinstance(error, TimeoutError):
            state.counters.timed_out += 1
            logger.warning("A connection is given up: %s.", translated)
        elif translated.connection_lost:
            state.counters.lost += 1
            logger.warning("A connection was lost in use (%s).", type(error).__name__)
        if translated.connection_lost:
            self._transaction = None  # there is nothing left to roll back
        raise translated from error

    _handle_exception = fail
    """What the stock methods and cursors call."""

    def _server_is_demoted(self) -> bool:
        """Whether a read-only error is the server's doing and not somebody's wish.

        PostgreSQL 14 and later report both settings without being asked (manual, 55.2.7
        "Asynchronous Operations"); an older one is believed to be demoted. What was read-only from
        the start may be a wish, see `read_only_is_wished`. A session that sets
        default_transaction_read_only by a statement of its own looks like a demoted server.
        """
        if self.readonly or self._wants_read_only or self.is_closed():
            return False
        return "on" in (self._setting(STANDBY, "on"), self._setting(READ_ONLY, "on"))

    def _setting(self, name: str, default: str) -> str:
        """A setting that the server reports, and keeps reporting when it changes."""
        return str(getattr(self._connection.get_settings(), name, default))


async def read_only_is_wished(connection: Any) -> bool:
    """Whether a new connection is read-only by a setting of the role, database or client.

    One of the whole server is not: in a switch-over, who reconnects may still get to the old one,
    and would else take it for what was wished for and stay.
    """
    if getattr(connection.get_settings(), READ_ONLY, "off") != "on":
        return False
    async with connection.transaction(readonly=True):  # one server connection behind a pooler
        source = await connection.fetchval(
            "SELECT source FROM pg_settings WHERE name = $1", READ_ONLY
        )
    return source not in SOURCES_OF_A_SERVER


def _watch(connection: asyncpg.Connection) -> "select.poll | None":
    """Tells, for the price of a system call, whether anything has arrived on an idle connection.

    The event loop knows only what had arrived when it last looked, and a checkout that needs no
    round trip gives it no time to look. go-sql-driver/mysql peeks at its sockets for this reason.
    """
    sock = connection._transport.get_extra_info("socket")
    if sock is None or not hasattr(select, "poll"):  # Windows has no poll
        return None
    poll = select.poll()
    poll.register(sock.fileno(), select.POLLIN)
    return poll

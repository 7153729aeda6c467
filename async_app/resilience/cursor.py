"""Cursors that note when the server answered, and let no error escape as asyncpg raises it.

What a statement costs on this side is paid for each one: the path of one that is prepared has no
coroutine and no work that the stock cursor's could be spared.
"""

import time
from collections import deque
from typing import TYPE_CHECKING, Any

import asyncpg
from sqlalchemy.dialects.postgresql.asyncpg import (
    AsyncAdapt_asyncpg_cursor,
    AsyncAdapt_asyncpg_ss_cursor,
)

if TYPE_CHECKING:
    from .connection import ResilientConnection

COUNTED = frozenset({b"SELECT", b"UPDATE", b"DELETE"})


class ResilientCursor(AsyncAdapt_asyncpg_cursor):
    __slots__ = ()

    _adapt_connection: "ResilientConnection"

    async def _prepare_and_execute(self, operation: str, parameters: Any) -> None:
        connection = self._adapt_connection
        as_of: float = self._invalidate_schema_cache_asof
        async with connection._execute_mutex:
            may_repeat = begins = connection._transaction is None
            while True:
                if begins and connection.isolation_level != "autocommit":
                    await connection._start_transaction()
                try:
                    prepared = connection.prepared(operation, as_of)
                    if prepared is None:
                        prepared = await connection._prepare(operation, as_of)
                    statement, self._description = prepared
                    if self.server_side:
                        await self._open(statement, parameters or ())
                    else:
                        rows, status = await _fetch(
                            connection._connection, statement, parameters or ()
                        )
                        self._rows = deque(rows)
                        self._rowcount = _row_count(status)
                    break
                except Exception as error:  # noqa: BLE001 -- all are raised, as psycopg2 would
                    if may_repeat and isinstance(error, asyncpg.InvalidCachedStatementError):
                        may_repeat = False
                        as_of = await connection.renew_plans()
                        continue
                    await connection.leave_implicit_transaction(error)
                    connection.fail(error)
        connection.last_answer = time.monotonic()

    async def _open(self, statement: Any, parameters: Any) -> None:
        self._cursor = _Portal(await statement.cursor(*parameters), self._adapt_connection)
        self._rowcount = -1

    async def _executemany(self, operation: str, seq_of_parameters: Any) -> Any:
        result = await super()._executemany(operation, seq_of_parameters)
        self._adapt_connection.last_answer = time.monotonic()
        return result


class ResilientServerSideCursor(AsyncAdapt_asyncpg_ss_cursor, ResilientCursor):
    __slots__ = ()

    _adapt_connection: "ResilientConnection"


class _Portal:
    """asyncpg's cursor, with translated errors: the stock adapter lets those of fetches escape."""

    def __init__(self, cursor: Any, connection: "ResilientConnection") -> None:
        self._cursor = cursor
        self._connection = connection

    async def fetch(self, size: int) -> Any:
        try:
            rows = await self._cursor.fetch(size)
        except Exception as error:  # noqa: BLE001 -- all of them are raised, as psycopg2 would
            self._connection.fail(error)
        self._connection.last_answer = time.monotonic()
        return rows


async def _fetch(driver: Any, statement: Any, parameters: Any) -> tuple[Any, bytes | None]:
    """Rows and status of a prepared statement: ``fetch()`` and ``get_statusmsg()``, but for layers.

    Those are 6 of the 41 us that both take on one core (measured), more than the pool takes.
    """
    state = statement._state
    if state.closed or driver.is_closed():
        await statement.fetch(*parameters)  # says what is wrong
    try:
        rows, status, _ = await driver._protocol.bind_execute(
            state, parameters, portal_name="", limit=0, return_extra=True, timeout=None
        )
    except asyncpg.OutdatedSchemaCacheError:  # as PreparedStatement does
        await driver.reload_schema_state()
        state.mark_closed()
        raise
    return rows, status


def _row_count(status: bytes | None) -> int:
    """Of a command's status, such as ``INSERT 0 5``; -1 where it has none."""
    command, _, count = (status or b"").rpartition(b" ")
    return int(count) if command in COUNTED or command.startswith(b"INSERT ") else -1

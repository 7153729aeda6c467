"""Cursors that note when the server answered, and translate what the stock ones let escape."""

import time
from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects.postgresql.asyncpg import (
    AsyncAdapt_asyncpg_cursor,
    AsyncAdapt_asyncpg_ss_cursor,
)

if TYPE_CHECKING:
    from .connection import ResilientConnection


class ResilientCursor(AsyncAdapt_asyncpg_cursor):
    __slots__ = ()

    _adapt_connection: "ResilientConnection"

    async def _prepare_and_execute(self, operation: str, parameters: Any) -> None:
        connection = self._adapt_connection
        try:
            await super()._prepare_and_execute(operation, parameters)
        except connection.dbapi.Error as error:
            await connection.leave_implicit_transaction(error)
            raise
        connection.last_answer = time.monotonic()

    async def _executemany(self, operation: str, seq_of_parameters: Any) -> Any:
        result = await super()._executemany(operation, seq_of_parameters)
        self._adapt_connection.last_answer = time.monotonic()
        return result


class ResilientServerSideCursor(AsyncAdapt_asyncpg_ss_cursor, ResilientCursor):
    __slots__ = ()

    _adapt_connection: "ResilientConnection"

    async def _prepare_and_execute(self, operation: str, parameters: Any) -> None:
        await super()._prepare_and_execute(operation, parameters)
        # The stock cursor lets the errors of its fetches escape as asyncpg raises them.
        self._cursor = _Portal(self._cursor, self._adapt_connection)


class _Portal:
    """asyncpg's cursor, with translated errors."""

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

"""The engine and its sessions, bound to the start and the stop of the application."""

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Generic, TypeVar

from quart import Quart, current_app
from sqlalchemy import Select, func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from . import resilience  # noqa: F401 -- registers the dialect

DISPOSE_TIMEOUT_S = 3.0
"""With SQLAlchemy's own dialect `AsyncEngine.dispose` says goodbye to each connection in turn and
has no deadline: a peer that does not answer would hold up the end of the process. The resilient one
ends within its `close_timeout`, 2 s."""

T = TypeVar("T")


@dataclass(frozen=True)
class Pagination(Generic[T]):
    """One page of a query, with the names of Flask-SQLAlchemy's object."""

    items: list[T]
    page: int
    per_page: int
    total: int

    @property
    def pages(self) -> int:
        return -(-self.total // self.per_page)


@dataclass
class _State:
    engine: AsyncEngine
    probe: asyncio.Task[bool] | None = None


class Database:
    """One engine for each application, made in its event loop and disposed there.

    A session lives in an ``async with`` block of its request: `autocommit` for a read of one
    statement, `read_only` for more of them, `begin` to write. All give the connection back, or
    discard it, also when the request is cancelled.
    """

    def init_app(self, app: Quart) -> None:
        @app.before_serving
        async def connect() -> None:
            engine = create_async_engine(
                app.config["SQLALCHEMY_DATABASE_URI"],
                **app.config["SQLALCHEMY_ENGINE_OPTIONS"],
            )
            app.extensions["database"] = _State(engine)

        @app.after_serving
        async def disconnect() -> None:
            try:
                async with asyncio.timeout(DISPOSE_TIMEOUT_S):
                    await self.engine.dispose()
            except TimeoutError:
                app.logger.warning(
                    "The connection pool did not close within %s s; it is abandoned.",
                    DISPOSE_TIMEOUT_S,
                )

    @property
    def engine(self) -> AsyncEngine:
        return self._state.engine

    def autocommit(self) -> AsyncSession:
        """A session for a read of one statement: one round trip, where a transaction takes three.

        Used as ``async with db.autocommit() as session``.
        """
        return _session(self.engine.execution_options(isolation_level="AUTOCOMMIT"))

    def read_only(self) -> AsyncSession:
        """A session for several reads or a stream: a transaction that the server lets not write.

        A server-side cursor lives in a transaction only.
        """
        return _session(self.engine.execution_options(postgresql_readonly=True))

    def begin(self) -> AbstractAsyncContextManager[AsyncSession]:
        """A session in a transaction: committed at the end, rolled back on an error."""
        return async_sessionmaker(self.engine, expire_on_commit=False).begin()

    async def paginate(
        self, session: AsyncSession, statement: Select[T], *, page: int, per_page: int
    ) -> Pagination[T]:
        items = await session.scalars(statement.limit(per_page).offset((page - 1) * per_page))
        total = await session.scalar(
            select(func.count()).select_from(statement.order_by(None).subquery())
        )
        return Pagination(list(items), page, per_page, total or 0)

    async def is_ready(self, deadline_s: float) -> bool:
        """Whether the database answers within *deadline_s* seconds.

        There is one probe at a time, so that probes of a silent server do not fill the pool.
        """
        state = self._state
        if state.probe is None or state.probe.done():
            state.probe = asyncio.create_task(_probe(self.autocommit()))
        probe = state.probe
        # Not wait_for(): it would wait for the cancelled query to end, and that can take longer.
        await asyncio.wait({probe}, timeout=deadline_s)
        if not probe.done():
            probe.cancel()
            return False
        return not probe.cancelled() and probe.result()

    @property
    def _state(self) -> _State:
        state: _State = current_app.extensions["database"]
        return state


def _session(engine: AsyncEngine) -> AsyncSession:
    return AsyncSession(engine, expire_on_commit=False)


async def _probe(session: AsyncSession) -> bool:
    try:
        async with session:
            await session.execute(text("SELECT 1"))
    except (SQLAlchemyError, OSError):
        return False
    return True


db = Database()

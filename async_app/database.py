"""The engine and its sessions, bound to the start and the stop of the application."""

import asyncio
from asyncio import timeout
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from quart import Quart, current_app
from sqlalchemy import Select, func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    create_async_engine,
)
from sqlalchemy.pool import QueuePool

from . import resilience
from .metrics import PoolSampler
from .operations.admission import Admission

DISPOSE_TIMEOUT_S = 3.0
"""With SQLAlchemy's own dialect `AsyncEngine.dispose` says goodbye to each connection in turn and
has no deadline: a peer that does not answer would hold up the end of the process. The resilient one
ends within its `close_timeout`, 2 s."""

STREAM_DEADLINE_S = 300.0
"""A client that reads slowly keeps its connection of the pool; after this long it is cut off."""

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
    admission: Admission
    deadline_s: float | None
    sampler: PoolSampler = field(default_factory=PoolSampler)
    probe: asyncio.Task[bool] | None = None
    draining: bool = False

    def __post_init__(self) -> None:
        self.autocommit = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self.read_only = self.engine.execution_options(postgresql_readonly=True)


class Database:
    """One engine for each application, made in its event loop and disposed there.

    A session lives in an ``async with`` block of its request: `autocommit` for a read of one
    statement, `read_only` for more of them, `begin` to write, `stream` for a long answer. All give
    the connection back, or discard it, also when the request is cancelled. All but the last have a
    deadline, ``DATABASE_DEADLINE_S``, and raise TimeoutError when it has passed.

    Raises, on entering:
        OverloadedError: too many requests wait for a connection, ``POOL_WAIT_LIMIT``.

    """

    def init_app(self, app: Quart) -> None:
        @app.before_serving
        async def connect() -> None:
            engine = create_async_engine(
                app.config["SQLALCHEMY_DATABASE_URI"],
                # In errors, and so in the log, a statement's parameters are not shown.
                **{"hide_parameters": True, **app.config["SQLALCHEMY_ENGINE_OPTIONS"]},
            )
            admission = Admission(pool_of(engine), app.config["POOL_WAIT_LIMIT"])
            app.extensions["database"] = _State(
                engine, admission, deadline_s=app.config["DATABASE_DEADLINE_S"]
            )

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

    @property
    def admission(self) -> Admission:
        return self._state.admission

    @asynccontextmanager
    async def autocommit(self) -> AsyncIterator[AsyncSession]:
        """A session for a read of one statement: one round trip, in a transaction three."""
        state = self._state
        with state.admission.place():
            async with timeout(state.deadline_s), _session(state.autocommit) as session:
                yield session

    @asynccontextmanager
    async def read_only(self) -> AsyncIterator[AsyncSession]:
        """A session for several reads: a transaction that the server lets not write."""
        state = self._state
        with state.admission.place():
            async with timeout(state.deadline_s), _session(state.read_only) as session:
                yield session

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        """A session in a transaction: committed at the end, rolled back on an error."""
        state = self._state
        with state.admission.place():
            async with (
                timeout(state.deadline_s),
                _session(state.engine) as session,
                session.begin(),
            ):
                yield session

    @asynccontextmanager
    async def stream(self) -> AsyncIterator[AsyncSession]:
        """A session for an answer that is sent while it is read, by a server-side cursor.

        That lives in a transaction; it is read-only here.
        """
        state = self._state
        with state.admission.place():
            async with timeout(STREAM_DEADLINE_S), _session(state.read_only) as session:
                yield session

    async def paginate(
        self, session: AsyncSession, statement: Select[T], *, page: int, per_page: int
    ) -> Pagination[T]:
        items = await session.scalars(statement.limit(per_page).offset((page - 1) * per_page))
        total = await session.scalar(
            select(func.count()).select_from(statement.order_by(None).subquery())
        )
        return Pagination(list(items), page, per_page, total or 0)

    def drain(self, app: Quart) -> None:
        """Be not ready from now on, so that the load balancer sends no more."""
        app.extensions["database"].draining = True

    @property
    def sampler(self) -> PoolSampler:
        return self._state.sampler

    def sample(self) -> None:
        """Read the pool's state and the engine's counters for the metrics."""
        state = self._state
        self.sampler.sample(pool_of(state.engine), state.admission.waiting, _events(state.engine))

    async def why_not_ready(self, deadline_s: float) -> str | None:
        """Why the database does not answer within *deadline_s* seconds; None: it does.

        There is one probe at a time, so that probes of a silent server do not fill the pool.
        """
        state = self._state
        if state.draining:
            return "The service is shutting down."
        if state.admission.waiting and state.admission.has_served_within(deadline_s):
            return None  # a probe would wait behind all others, and be no proof
        if state.probe is None or state.probe.done():
            state.probe = asyncio.create_task(_probe(_session(state.autocommit)))
        probe = state.probe
        # Not wait_for(): it would wait for the cancelled query to end, and that can take longer.
        await asyncio.wait({probe}, timeout=deadline_s)
        if not probe.done():
            probe.cancel()
            return f"The database has not answered within {deadline_s:g} s."
        if not probe.cancelled() and probe.result():
            return None
        return "The database refuses or breaks connections."

    @property
    def _state(self) -> _State:
        state: _State = current_app.extensions["database"]
        return state


def pool_of(engine: AsyncEngine) -> QueuePool:
    pool = engine.sync_engine.pool
    assert isinstance(pool, QueuePool)  # noqa: S101 -- the default; `config` offers no other
    return pool


def _events(engine: AsyncEngine) -> dict[str, int]:
    """What the resilient dialect has counted; SQLAlchemy's own counts nothing."""
    try:
        return resilience.counters(engine).as_dict()
    except TypeError:
        return {}


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

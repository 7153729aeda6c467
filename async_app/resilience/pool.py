"""SQLAlchemy's pool for asyncio, with a fair queue, a bounded checkout, jitter, a bounded end."""

import random
import time
from typing import Any, NoReturn

from sqlalchemy import exc
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry, PoolProxiedConnection
from sqlalchemy.pool.base import _ConnectionRecord
from sqlalchemy.util.concurrency import await_, in_greenlet
from sqlalchemy.util.queue import QueueCommon

from .checkout import Checkout, CheckoutTimeoutError
from .dbapi import ResilientDBAPI
from .queue import FairQueue
from .state import EngineState, logger

RECYCLE_JITTER = 0.05
"""A connection lives between 95 and 100 % of `pool_recycle`, as in psycopg_pool's max_lifetime:
what was opened at once is not closed at once."""


class ResilientQueuePool(AsyncAdaptedQueuePool):
    """The default pool of the dialect.

    Args:
        pool_recycle_jitter: by which share, from 0 to 1, a lifetime may be shorter than
            ``pool_recycle``.

    """

    _queue_class: type[QueueCommon[ConnectionPoolEntry]] = FairQueue

    def __init__(
        self, creator: Any, pool_recycle_jitter: float = RECYCLE_JITTER, **options: Any
    ) -> None:
        if not 0 <= pool_recycle_jitter <= 1:
            raise exc.ArgumentError(
                f"The engine option pool_recycle_jitter is {pool_recycle_jitter}; it is a share"
                " between 0 and 1."
            )
        super().__init__(creator, **options)
        self._recycle_jitter = pool_recycle_jitter

    @property
    def state(self) -> EngineState:
        dialect: Any = self._dialect
        state: EngineState = dialect.state
        return state

    def connect(self) -> PoolProxiedConnection:
        """Check out a connection within `pool_timeout`, whatever the time goes to.

        A timeout of 0 means what it does in SQLAlchemy: not to queue.

        Raises:
            sqlalchemy.exc.TimeoutError: there was none in time.

        """
        try:
            with Checkout(self._timeout or None):
                return super().connect()
        except (exc.TimeoutError, CheckoutTimeoutError) as error:
            self._fail(error)

    def _fail(self, error: Exception) -> NoReturn:
        self.state.counters.pool_timeouts += 1
        message = (
            f"QueuePool gave no connection within pool_timeout, {self._timeout:g} s"
            f" (size={self.size()}, checked out={self.checkedout()}, overflow={self.overflow()} of"
            f" {self._max_overflow})"
        )
        logger.warning("%s.", message)
        raise exc.TimeoutError(message, code="3o7r") from error

    def recreate(self) -> "ResilientQueuePool":
        pool = super().recreate()
        assert isinstance(pool, ResilientQueuePool)  # noqa: S101 -- of the class of this one
        pool._recycle_jitter = self._recycle_jitter
        return pool

    def dispose(self) -> None:
        """Close the idle connections, all at the same time and within `close_timeout`."""
        super().dispose()
        if in_greenlet():
            await_(self.state.until_closed())

    def lifetime_s(self) -> float:
        """How long a new connection may be used."""
        return self._recycle * (1 - self._recycle_jitter * random.random())  # noqa: S311

    def _create_connection(self) -> ConnectionPoolEntry:
        # Connected at its checkout: when that fails, the slot is checked in, empty, and goes to the
        # next in the queue, which with the stock pool waits until its timeout for a connection that
        # nobody has.
        if self._max_overflow > -1:
            self.state.closing_limit = self.size() + self._max_overflow
        return _Record(self, connect=False)

    def _invalidate(
        self,
        connection: PoolProxiedConnection,
        exception: BaseException | None = None,
        _checkin: bool = True,  # noqa: FBT001, FBT002 -- SQLAlchemy's signature
    ) -> None:
        """Replace what has failed.

        Where each checkout asks the connection, the loss of one does not condemn its siblings:
        it only has them all asked. One that does not answer condemns them all.
        """
        self.state.suspect_all()
        alone = (
            isinstance(exception, ResilientDBAPI.Error)
            and exception.connection_lost  # or else a handle_error function wants it replaced
            and not exception.condemns_pool
        )
        if not (self._pre_ping and alone):
            super()._invalidate(connection, exception, _checkin)
        elif _checkin and connection.is_valid:
            connection.invalidate(exception)


class _Record(_ConnectionRecord):
    """A slot of the pool."""

    _born = 0.0
    _lifetime_s = 0.0

    def __init__(self, pool: ResilientQueuePool, *, connect: bool) -> None:
        super().__init__(pool, connect=connect)
        self._pool = pool

    def get_connection(self) -> DBAPIConnection:
        if self.dbapi_connection is not None:
            pool = self._pool
            if pool._invalidate_time > self.starttime:
                self._presume_dead(self.dbapi_connection)
            if pool._recycle > -1:
                self._mind_age()
        return super().get_connection()

    def _presume_dead(self, connection: Any) -> None:
        """As its sibling, which gave no answer."""
        if self._pool.state.silenced_at > self.starttime:
            connection.presume_dead()

    def _mind_age(self) -> None:
        if self._born != self.starttime:
            self._born, self._lifetime_s = self.starttime, self._pool.lifetime_s()
        now = time.time()  # SQLAlchemy's clock for ages
        if now - self._born > self._lifetime_s:
            self._pool.state.counters.recycled += 1
            logger.debug("A connection is replaced after %.0f s.", now - self._born)
            self._soft_invalidate_time = now

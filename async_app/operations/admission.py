"""Who may wait for a connection of the pool, and who is refused at once.

A queue that only grows helps nobody: with ten times more requests than the database serves, each
waits until its client has given up, and the answers that are still worth something become few.
Beyond a limit it is better to say so at once, which costs next to nothing, and to tell the client
when to come back. See "Handling Overload" in Google's Site Reliability Engineering, chapter 21.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import QueuePool

LONGEST_RETRY_S = 8
"""Refused clients are told to come back after a time of their own between 1 s and this: those that
came together would come back together."""


class OverloadedError(PoolTimeoutError):
    """Too many requests wait for a connection already."""


class Admission:
    """Counts the requests that use the pool of one engine, or wait for it.

    Args:
        pool: each request uses one of its connections.
        limit: how many may wait; None: all.

    Attributes:
        capacity: how many connections the pool may have; None: no limit.

    """

    def __init__(self, pool: QueuePool, limit: int | None) -> None:
        overflow = pool._max_overflow  # noqa: SLF001 -- no public name
        self.capacity = pool.size() + overflow if pool.size() and overflow >= 0 else None
        self._limit = limit
        self._places = 0

    @property
    def waiting(self) -> int:
        return 0 if self.capacity is None else max(0, self._places - self.capacity)

    @property
    def is_full(self) -> bool:
        return self._limit is not None and self.waiting >= self._limit

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place at the pool or in its queue, for the block's time.

        Raises:
            OverloadedError: there is none.

        """
        if self.is_full:
            raise OverloadedError("Too many requests wait for a connection.")
        self._places += 1
        try:
            yield
        finally:
            self._places -= 1


def retry_after_s() -> int:
    return random.randint(1, LONGEST_RETRY_S)  # noqa: S311 -- not secret

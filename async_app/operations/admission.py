"""Who may wait for a connection of the pool, and who is refused at once.

A queue that only grows helps nobody: with ten times more requests than the database serves, each
waits until its client has given up, and the answers that are still worth something become few.
Beyond a limit it is better to say so at once, which costs next to nothing, and to tell the client
when to come back. See "Handling Overload" in Google's Site Reliability Engineering, chapter 21.
"""

import math
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import QueuePool

LONGEST_RETRY_S = 10
FIRST_RATE = 200.0
"""Requests a second that end, as long as nothing has been measured."""
WINDOW_S = 0.5
FORGETTING = 0.1
"""By which share the best rate is trusted less, a window later."""


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
        self._turns = _Turns()
        self._last_success = -math.inf

    @property
    def waiting(self) -> int:
        return 0 if self.capacity is None else max(0, self._places - self.capacity)

    @property
    def is_full(self) -> bool:
        return self._limit is not None and self.waiting >= self._limit

    def has_served_within(self, seconds: float) -> bool:
        """Whether a request has lately ended well."""
        return time.monotonic() - self._last_success <= seconds

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
            self._last_success = time.monotonic()
        finally:
            self._turns.note_end(others_wait=self.waiting > 0)
            self._places -= 1

    def retry_after_s(self) -> int:
        """When one who is refused now is to come back: each at a time of its own."""
        return self._turns.give()


class _Turns:
    """Tells those who are refused when to come back: one after the other, as places become free.

    Came they all after the same time, or at random ones that know nothing of the pace, most would
    be refused again, or places stay empty meanwhile. Of the pace, the best seen lately counts, as
    in TCP BBR: a burst holds up the event loop itself for a moment, which is no measure.
    """

    def __init__(self) -> None:
        self._rate = FIRST_RATE
        self._last_turn = 0.0
        self._window: float | None = None
        self._ends = 0

    def note_end(self, *, others_wait: bool) -> None:
        now = time.monotonic()
        if not others_wait:
            self._window = None  # the pace is then that of the clients
        elif self._window is None:
            self._window, self._ends = now, 0
        else:
            self._ends += 1
            if (elapsed := now - self._window) >= WINDOW_S:
                self._rate = max(self._ends / elapsed, self._rate * (1 - FORGETTING))
                self._window, self._ends = now, 0

    def give(self) -> int:
        """In whole seconds, as the header has them; a client adds a fraction of its own."""
        now = time.monotonic()
        turn = max(now + 1, self._last_turn) + 1 / self._rate
        if turn > now + LONGEST_RETRY_S:
            return random.randint(LONGEST_RETRY_S // 2, LONGEST_RETRY_S)  # noqa: S311 -- not secret
        self._last_turn = turn
        return int(turn - now)

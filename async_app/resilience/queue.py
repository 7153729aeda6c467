"""The queue for connections, in which who came first is served first."""

import asyncio
from collections import deque
from typing import TypeVar

from sqlalchemy.util.concurrency import await_
from sqlalchemy.util.queue import AsyncAdaptedQueue, Empty, Full

T = TypeVar("T")


class FairQueue(AsyncAdaptedQueue[T]):
    """Hands what is put to the longest waiting getter.

    SQLAlchemy's own is built on `asyncio.Queue`, which only wakes the getter: until that runs,
    whoever asks next takes the item, and the getter waits again behind all others. While a pool is
    used up, its checkouts then take many times the median, or end in a timeout. psycopg_pool and
    asyncpg.Pool hand over as well.
    """

    def __init__(self, maxsize: int = 0, use_lifo: bool = False) -> None:  # noqa: FBT001, FBT002
        super().__init__(maxsize, use_lifo)
        self._items: deque[T] = deque()  # empty while somebody waits
        self._getters: deque[asyncio.Future[T]] = deque()

    def empty(self) -> bool:
        return not self._items

    def full(self) -> bool:
        return 0 < self.maxsize <= len(self._items)

    def qsize(self) -> int:
        return len(self._items)

    def put_nowait(self, item: T) -> None:
        if self._hand_over(item):
            return
        if self.full():
            raise Full
        self._items.append(item)

    def _hand_over(self, item: T) -> bool:
        while self._getters:
            getter = self._getters.popleft()
            if not getter.done():
                getter.set_result(item)
                return True
        return False

    def put(self, item: T, block: bool = True, timeout: float | None = None) -> None:  # noqa: ARG002, FBT001, FBT002
        """Put, never waiting for room: a pool does not ask for it."""
        self.put_nowait(item)

    def get_nowait(self) -> T:
        if not self._items:
            raise Empty
        return self._items.pop() if self.use_lifo else self._items.popleft()

    def get(self, block: bool = True, timeout: float | None = None) -> T:  # noqa: FBT001, FBT002
        if self._items or not block:
            return self.get_nowait()
        try:
            return await_(self._wait(timeout))
        except TimeoutError as error:
            raise Empty from error

    async def _wait(self, timeout_s: float | None) -> T:
        getter: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._getters.append(getter)
        try:
            async with asyncio.timeout(timeout_s):
                return await getter
        except BaseException:
            # What was handed over in the same turn of the loop goes to the next; or it is kept, for
            # the moment even beyond the limit: nobody here could close it.
            if getter.done() and not getter.cancelled() and not self._hand_over(getter.result()):
                self._items.append(getter.result())
            raise

"""A deadline for what is done often and is almost always quick."""

import asyncio
import time
from typing import Protocol


class Watched(Protocol):
    def give_up(self) -> None: ...


class Watchdog:
    """Calls ``give_up()`` of what is watched for longer than *timeout_s*, at most twice as late.

    One timer looks after all, so that watching costs next to nothing.
    """

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._watched: dict[Watched, float] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    def watch(self, one: Watched) -> None:
        self._watched[one] = time.monotonic()
        if self._loop is None or self._loop.is_closed():
            self._loop = asyncio.get_running_loop()
            self._loop.call_later(self._timeout_s, self._look)

    def forget(self, one: Watched) -> None:
        self._watched.pop(one, None)

    def _look(self) -> None:
        assert self._loop is not None  # noqa: S101 -- its timer has called
        now = time.monotonic()
        late = [one for one, since in self._watched.items() if now - since >= self._timeout_s]
        for one in late:
            self.forget(one)
            one.give_up()
        if self._watched:
            due = min(self._watched.values()) + self._timeout_s
            self._loop.call_later(max(0.0, due - now), self._look)
        else:
            self._loop = None

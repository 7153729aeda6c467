"""An event loop whose timers are exact to well under a millisecond."""

import asyncio
import select
import selectors
import sys

_FD_SETSIZE = 1024  # select() takes no descriptor from here on


if sys.platform == "linux":

    class _PreciseSelector(selectors.EpollSelector):
        """Waits with select(), which counts in microseconds, for the epoll descriptor alone."""

        def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
            if timeout is None or timeout <= 0 or self.fileno() >= _FD_SETSIZE:
                return super().select(timeout)
            select.select([self.fileno()], [], [], timeout)
            return super().select(0)


def precise_event_loop() -> asyncio.AbstractEventLoop:
    """Make a loop for delays of less than a millisecond.

    On Linux, asyncio's loop rounds each wait up to whole milliseconds, the unit of
    epoll_wait(2): two delays of 0.5 ms take 2 ms. kqueue counts in nanoseconds.
    """
    if sys.platform == "linux":
        return asyncio.SelectorEventLoop(_PreciseSelector())
    else:  # noqa: RET505 -- so that the type checker sees two platforms, not a dead line
        return asyncio.new_event_loop()

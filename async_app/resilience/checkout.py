"""One deadline for the whole of a checkout: queueing, ping and reconnect together."""

import asyncio
import time
from contextvars import ContextVar
from types import TracebackType
from typing import Self

from sqlalchemy.util.concurrency import await_

_current: ContextVar["Checkout | None"] = ContextVar("checkout", default=None)


class CheckoutTimeoutError(TimeoutError):
    """There was no connection by the deadline."""


class Checkout:
    """A synchronous context manager for the greenlet of one checkout.

    Most checkouts find a connection that worked a moment ago and never wait; so the deadline only
    takes effect with `watch_deadline`, which whatever is about to wait calls.

    Raises:
        CheckoutTimeoutError: on leaving, when the deadline has passed.

    """

    __slots__ = ("_deadline", "_timeout", "_token")

    def __init__(self, timeout_s: float | None) -> None:
        self._deadline = None if timeout_s is None else time.monotonic() + timeout_s
        self._timeout: asyncio.Timeout | None = None

    def __enter__(self) -> Self:
        self._token = _current.set(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        _current.reset(self._token)
        if self._timeout is not None:
            try:
                await_(self._timeout.__aexit__(kind, error, traceback))
            except TimeoutError as timeout:
                raise CheckoutTimeoutError from timeout

    @property
    def seconds_left(self) -> float | None:
        return None if self._deadline is None else max(0.0, self._deadline - time.monotonic())

    def watch(self) -> None:
        if self._timeout is None and self._deadline is not None:
            self._timeout = asyncio.timeout(self.seconds_left)
            await_(self._timeout.__aenter__())


def watch_deadline() -> None:
    """From here to its end, let the current checkout, if there is one, be bounded."""
    if checkout := _current.get():
        checkout.watch()


def seconds_left() -> float | None:
    """Until the deadline of the current checkout; None where there is no limit."""
    checkout = _current.get()
    return None if checkout is None else checkout.seconds_left

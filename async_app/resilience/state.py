"""What the parts of one engine share: its options, its counters, and the connections it closes."""

import asyncio
import contextlib
import logging
import socket
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from asyncpg import connect_utils

from .counters import Counters
from .watchdog import Watchdog

logger = logging.getLogger(__package__)


ROOM_TIMEOUT_S = 0.1
"""A server that is well answers a goodbye sooner."""


@dataclass
class EngineState:
    """The options, each documented at `dialect.ResilientDialect`, and what goes on."""

    ping_timeout: float = 0.5
    ping_bypass: float = 0.5
    command_timeout: float | None = None
    close_timeout: float = 2.0
    transaction_pooler: bool = False
    counters: Counters = field(default_factory=Counters)
    suspected_at: float = 0.0
    """When a connection was last lost (time.monotonic()): what has not answered since is pinged,
    the bypass notwithstanding."""
    silenced_at: float = 0.0
    """When a connection last gave no answer (time.time(), the pool's clock)."""
    closing: dict[asyncio.Task[None], bool] = field(default_factory=dict)
    """The goodbyes that are being said, the oldest first, and whether each was cut short; a loop
    holds its tasks weakly."""
    invalidate_plans: Callable[[], None] = lambda: None
    """Lets every connection prepare its statements anew."""
    watchdog: Watchdog = field(init=False)
    """Ends a ROLLBACK that is not answered in `close_timeout`."""
    closing_limit: int | None = None
    """How many goodbyes may be said at the same time: as many as the pool has connections, so that
    the server does not see more than about twice its size."""

    def __post_init__(self) -> None:
        self.watchdog = Watchdog(self.close_timeout)

    def suspect_all(self, *, silent: bool = False) -> None:
        self.suspected_at = time.monotonic()
        if silent:
            self.silenced_at = time.time()

    def close_in_background(self, connection: Any) -> None:
        """Say goodbye to the server, within `close_timeout`, while nobody waits for it.

        A statement that still runs there is cancelled first; where the server does not confirm
        that, it is asked once more, within `ping_timeout`, after the connection is given up.
        """
        loop = asyncio.get_running_loop()
        if connection._loop is not loop:  # of an earlier asyncio.run(), which is over
            self.abort(connection)
            return
        task = loop.create_task(self._close(connection))
        self.closing[task] = False
        task.add_done_callback(self.closing.pop)

    async def make_room(self) -> None:
        """Before a new connection: where too many goodbyes are open, cut the oldest one short."""
        if self.closing_limit is None:
            return
        while len(tasks := self._goodbyes(cut_short=False)) > self.closing_limit:
            done, _ = await asyncio.wait(
                tasks, timeout=ROOM_TIMEOUT_S, return_when=asyncio.FIRST_COMPLETED
            )
            if not done:
                self.closing[tasks[0]] = True
                tasks[0].cancel()

    async def until_closed(self) -> None:
        """Wait for the goodbyes that are being said.

        Each is bounded by `close_timeout`, and by `ping_timeout` on top of it where a statement
        has to be cancelled once more.
        """
        if tasks := self._goodbyes():
            await asyncio.wait(tasks)

    def _goodbyes(self, *, cut_short: bool = True) -> list[asyncio.Task[None]]:
        """Those of this event loop; an engine may have been used in another one before."""
        loop = asyncio.get_running_loop()
        return [
            task
            for task, cut in self.closing.items()
            if task.get_loop() is loop and (cut_short or not cut)
        ]

    def abort(self, connection: Any) -> None:
        """Close the socket at once, without waiting for the peer."""
        self.counters.aborted += 1
        logger.debug("A connection is closed without waiting for the server.")
        try:
            connection.terminate()
        except RuntimeError:  # its event loop is closed, and no longer closes sockets
            with contextlib.suppress(OSError):
                connection._transport.get_extra_info("socket").shutdown(socket.SHUT_RDWR)

    async def _close(self, connection: Any) -> None:
        cancel = _cancel_request(connection)
        try:
            await connection.close(timeout=self.close_timeout)
        except Exception as error:  # noqa: BLE001 -- asyncpg has aborted it; nobody else can be told
            self.counters.aborted += 1
            logger.info("A connection was aborted: its goodbye failed (%s).", type(error).__name__)
        except asyncio.CancelledError:  # asyncpg has aborted it here too
            self.counters.aborted += 1
            task = asyncio.current_task()
            if task is None or not self.closing.get(task):  # the event loop ends
                raise
        else:
            self.counters.closed += 1
            return
        if cancel is not None:
            # A request that overtakes its statement is ignored, and one that is cut short may never
            # be sent: the server would work on for a client that has gone.
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(self.ping_timeout):
                    await cancel()


def _cancel_request(connection: Any) -> Callable[[], Coroutine[Any, Any, None]] | None:
    """What cancels the statement of a connection, also once that is closed.

    None where no statement is being cancelled: asyncpg has begun to when its task was.
    """
    protocol = connection._protocol
    if protocol is None or not protocol._is_cancelling():
        return None
    return partial(
        connect_utils._cancel,
        loop=connection._loop,
        addr=connection._addr,
        params=connection._params,
        backend_pid=protocol.backend_pid,
        backend_secret=protocol.backend_secret,
    )

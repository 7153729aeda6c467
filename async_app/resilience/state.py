"""What the parts of one engine share: its options, its counters, and the connections it closes."""

import asyncio
import contextlib
import logging
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

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
    closing: dict[asyncio.Task[None], None] = field(default_factory=dict)
    """The goodbyes that are being said, the oldest first; a loop holds its tasks weakly."""
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

        A statement that still runs there is cancelled first.
        """
        loop = asyncio.get_running_loop()
        if connection._loop is not loop:  # of an earlier asyncio.run(), which is over
            self.abort(connection)
            return
        task = loop.create_task(self._close(connection))
        self.closing[task] = None
        task.add_done_callback(self.closing.pop)

    async def make_room(self) -> None:
        """Before a new connection: where too many goodbyes are open, cut the oldest one short."""
        while (
            self.closing_limit is not None and len(tasks := self._goodbyes()) > self.closing_limit
        ):
            done, _ = await asyncio.wait(
                tasks, timeout=ROOM_TIMEOUT_S, return_when=asyncio.FIRST_COMPLETED
            )
            if not done:
                tasks[0].cancel()

    async def until_closed(self) -> None:
        """Wait for the goodbyes that are being said; each is bounded by `close_timeout`."""
        if tasks := self._goodbyes():
            await asyncio.wait(tasks)

    def _goodbyes(self) -> list[asyncio.Task[None]]:
        """Those of this event loop; an engine may have been used in another one before."""
        loop = asyncio.get_running_loop()
        return [task for task in self.closing if task.get_loop() is loop]

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
        try:
            await connection.close(timeout=self.close_timeout)
        except Exception as error:  # noqa: BLE001 -- asyncpg has aborted it; nobody else can be told
            self.counters.aborted += 1
            logger.info("A connection was aborted: its goodbye failed (%s).", type(error).__name__)
        except asyncio.CancelledError:  # asyncpg has aborted it here too
            self.counters.aborted += 1
            raise
        else:
            self.counters.closed += 1

"""What the parts of one engine share: its options, its counters, and the connections it closes."""

import asyncio
import logging
import time
from dataclasses import dataclass, field
from typing import Any

from .counters import Counters

logger = logging.getLogger(__package__)


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
    closing: set[asyncio.Task[None]] = field(default_factory=set)
    closing_limit: int | None = None
    """How many goodbyes may be said at the same time before a new connection waits for one of them:
    as many as the pool has connections, so that the server never sees more than twice its size."""

    def suspect_all(self) -> None:
        self.suspected_at = time.monotonic()

    def worked_lately(self, last_answer: float) -> bool:
        return time.monotonic() - last_answer < self.ping_bypass and last_answer > self.suspected_at

    def close_in_background(self, connection: Any) -> None:
        """Say goodbye to the server, within `close_timeout`, while nobody waits for it.

        A statement that still runs there is cancelled first.
        """
        task = asyncio.get_running_loop().create_task(self._close(connection))
        self.closing.add(task)  # a loop holds its tasks by weak references only
        task.add_done_callback(self.closing.discard)

    async def until_few_are_closing(self) -> None:
        """Wait until a new connection does not bring too many to the server."""
        while self.closing_limit is not None and len(self.closing) > self.closing_limit:
            await asyncio.wait(self.closing, return_when=asyncio.FIRST_COMPLETED)

    async def until_closed(self) -> None:
        """Wait for the goodbyes that are being said; each is bounded by `close_timeout`."""
        loop = asyncio.get_running_loop()
        if tasks := [task for task in self.closing if task.get_loop() is loop]:
            await asyncio.wait(tasks)

    def abort(self, connection: Any) -> None:
        """Close the socket at once, without waiting for the peer."""
        self.counters.aborted += 1
        try:
            connection.terminate()
        except RuntimeError as error:  # its event loop is closed, and the socket with it
            logger.debug("A connection could not be aborted: %s", error)

    async def _close(self, connection: Any) -> None:
        try:
            await connection.close(timeout=self.close_timeout)
        except Exception as error:  # noqa: BLE001 -- asyncpg has aborted it; nobody else can be told
            self.counters.aborted += 1
            logger.info("A connection was aborted: its goodbye failed (%s).", type(error).__name__)
        except asyncio.CancelledError:
            self.counters.aborted += 1
            raise
        else:
            self.counters.closed += 1

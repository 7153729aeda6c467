"""Processes of the lab's own, of which the block that starts them leaves nothing."""

import asyncio
import contextlib
import os
import signal
from abc import ABC, abstractmethod
from typing import Self

from migration_guide.kit.lab.waiting import finish


class Throwaway(ABC):
    """Runs from ``async with`` to its end, and is gone then, whichever way the block is left.

    That includes a cancellation in the middle of entering: what is started has to be remembered
    uninterrupted (see `finish`), since a process that nobody knows would live on.
    """

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await finish(self._dispose())
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await finish(self._dispose())

    @abstractmethod
    async def _start(self) -> None: ...

    @abstractmethod
    async def _dispose(self) -> None:
        """End what was started, as far as it was, in bounded time."""


async def end_group(process: asyncio.subprocess.Process, *, patience_s: float) -> int:
    """End a process that leads a session of its own; the exit code, negative if it was killed.

    It is asked to terminate; what is left of its group after *patience_s* seconds is killed.
    """
    with contextlib.suppress(ProcessLookupError):
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(patience_s):
            await process.wait()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    return await process.wait()

"""SIGINT and SIGTERM as the cancellation of one task, so that every clean-up runs."""

import asyncio
import signal
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class InterruptedRunError(Exception):
    """The run was ended by a signal; its clean-up is done."""

    def __init__(self, signum: int) -> None:
        super().__init__(signal.Signals(signum).name)
        self.exit_code = 128 + signum


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run *main* to its end, or cancel it at the first SIGINT or SIGTERM.

    The handlers are set even where the process was started with SIGINT ignored, as a shell does
    with a script's background jobs. Later signals do not disturb the clean-up, which is bounded.

    Raises:
        InterruptedRunError: a signal came; raised when the clean-up is done.

    """
    return asyncio.run(_until_signal(main))


async def _until_signal(main: Coroutine[Any, Any, T]) -> T:
    received: list[int] = []
    task = asyncio.ensure_future(main)

    def interrupt(signum: int) -> None:
        if not received:
            sys.stderr.write("Stopping; cleaning up.\n")
            task.cancel()
        received.append(signum)

    loop = asyncio.get_running_loop()
    for signum in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signum, interrupt, signum)
    try:
        return await task
    except asyncio.CancelledError:
        if not received:
            raise
    except Exception as error:
        if not received:
            raise
        # What was interrupted half-way may not clean up in order: a server that is just down.
        sys.stderr.write(f"While cleaning up: {error}\n")
    raise InterruptedRunError(received[0])

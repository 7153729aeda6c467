"""SIGINT and SIGTERM as the cancellation of one task, so that every clean-up runs."""

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine
from types import FrameType
from typing import Any, TypeVar

T = TypeVar("T")

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class InterruptedRunError(Exception):
    """The run was ended by a signal; its clean-up is done."""

    def __init__(self, signum: int) -> None:
        super().__init__(signal.Signals(signum).name)
        self.exit_code = 128 + signum


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run *main* to its end, or cancel it at the first SIGINT or SIGTERM.

    The handlers are set even where the process was started with SIGINT ignored, as a shell does
    with a script's background jobs. A second signal ends the process at once, with the exit code
    that names it; what the clean-up has not come to by then, the lab's warden does.

    Raises:
        InterruptedRunError: a signal came; raised when the clean-up is done.

    """
    return asyncio.run(_until_signal(main))


def _exit(signum: int, _: FrameType | None = None) -> None:
    os._exit(128 + signum)


async def _until_signal(main: Coroutine[Any, Any, T]) -> T:
    received: list[int] = []
    task = asyncio.ensure_future(main)

    def interrupt(signum: int) -> None:
        if received:  # both came before the loop saw the first
            _exit(signum)
        received.append(signum)
        for each in _SIGNALS:
            signal.signal(each, _exit)  # past the loop, which a clean-up may hold up
        task.cancel()
        sys.stderr.write("Stopping; cleaning up. Once more to kill.\n")

    loop = asyncio.get_running_loop()
    for signum in _SIGNALS:
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

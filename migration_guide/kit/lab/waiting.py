"""Waiting that ends: for a condition, and for cleanup that a cancellation must not cut short.

All durations are seconds.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def wait_until(
    condition: Callable[[], bool | Awaitable[bool]],
    *,
    deadline_s: float,
    every_s: float = 0.02,
    what: str,
) -> None:
    """Call `condition`, plain or async, until it is true; it is called at least once.

    Raises TimeoutError naming `what` after `deadline_s`, which also ends an async condition that
    hangs; errors of the condition itself pass through.
    """
    try:
        async with asyncio.timeout(deadline_s) as limit:
            while True:
                found = condition()
                if await found if inspect.isawaitable(found) else found:
                    return
                await asyncio.sleep(every_s)
    except TimeoutError:
        if not limit.expired():
            raise
        raise TimeoutError(f"gave up after {deadline_s:g} s waiting for {what}") from None


async def finish(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` to its end even when the caller is cancelled, however often; then be cancelled.

    For cleanup, and for steps whose half-done state nobody could clean up. `work` has to be
    bounded in time. Its own error, if any, becomes the cause of the CancelledError.
    """
    task = asyncio.create_task(work)
    cancellation: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])  # unlike `await task`, leaves the task alone when cancelled
        except asyncio.CancelledError as error:
            cancellation = error
    if cancellation is not None:
        raise cancellation from (None if task.cancelled() else task.exception())
    return task.result()

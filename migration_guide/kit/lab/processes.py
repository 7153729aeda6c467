"""Processes of the lab's own, of which the block that starts them leaves nothing."""

import asyncio
import contextlib
import os
import resource
import signal
from abc import ABC, abstractmethod
from typing import Any, Self

import psutil

from migration_guide.kit.lab.leftovers import warden
from migration_guide.kit.lab.waiting import finish

# Becomes the command that follows once it is given a line; at an end of file, it ends.
_AT_A_WORD = ("/bin/sh", "-c", 'read -r _ && exec "$@" </dev/null', "sh")

OPEN_FILES = 8192


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


async def launch(
    *command: str,
    first: signal.Signals = signal.SIGTERM,
    stdin: int | None = None,
    **options: Any,
) -> asyncio.subprocess.Process:
    """Start a process that leads a session of its own, and is ended even if this one is killed.

    There is no moment at which it runs unguarded: it waits until the warden knows it, and is gone
    if this program is killed before.

    Args:
        first: the signal to end it with, where this program cannot.
        stdin: PIPE for a program that waits for a word itself, and ends at the end of the pipe.
        options: as for `asyncio.create_subprocess_exec`.

    """
    guardian = warden()
    options["start_new_session"] = True
    if stdin is not None:
        process = await asyncio.create_subprocess_exec(*command, stdin=stdin, **options)
        guardian.guard(process, first)
        return process
    waits, word = os.pipe()
    try:
        process = await asyncio.create_subprocess_exec(
            *_AT_A_WORD, *command, stdin=waits, **options
        )
        guardian.guard(process, first)
        with contextlib.suppress(BrokenPipeError):  # it was ended meanwhile
            os.write(word, b"\n")
    finally:
        os.close(waits)
        os.close(word)
    return process


def allow_open_files() -> None:
    """Let this process, and those that it starts from now on, have as many clients as a load has.

    Many shells allow 1,024 files.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


def freeze(pid: int) -> None:
    """Stop a process and all that it has started where they are (SIGSTOP).

    The process itself first, so that it starts no more of them. The kernel goes on answering for
    their sockets.

    Raises:
        psutil.NoSuchProcess: it is gone.

    """
    process = psutil.Process(pid)
    process.suspend()
    for child in process.children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            child.suspend()


def thaw(pid: int) -> None:
    """Let them go on; those that are gone, or were never frozen, are left alone."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for one in (*process.children(recursive=True), process):
            with contextlib.suppress(psutil.NoSuchProcess):
                one.resume()


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

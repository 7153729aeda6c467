"""What must not be left even where this program is killed: its processes and temporary folders.

An orderly end clears them away itself. `warden`, a process of its own, does when this one is gone
without: it is started along with the first of them.
"""

import atexit
import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from pathlib import Path

import psutil

from migration_guide.kit.lab.waiting import finish, wait_until

_WARDEN = Path(__file__).with_name("warden.py")
_REMOVE_S = 5.0
_WARDEN_S = 20.0  # all that it may take, with room


class Warden:
    """The kit's end of the pipe; where the warden itself is killed, all goes on without it."""

    def __init__(self) -> None:
        self._processes: list[Process] = []
        # Isolated and without site-packages, which takes half the time and memory. The pipe is not
        # inheritable: a child that held it would keep the warden waiting.
        self._warden = subprocess.Popen(  # noqa: S603 -- our own program
            [sys.executable, "-I", "-S", _WARDEN, Path(psutil.__file__).parents[1]],
            bufsize=0,
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def guard(self, process: Process, first: signal.Signals) -> None:
        """Let *process* and its descendants be ended, beginning with the signal *first*."""
        self._forget_ended()
        self._processes.append(process)
        with contextlib.suppress(psutil.NoSuchProcess):
            started = psutil.Process(process.pid).create_time()
            later_s = started - psutil.Process(self._warden.pid).create_time()
            self.tell(f"process {process.pid} {later_s} {first.value}")

    def tell(self, what: str) -> None:
        assert self._warden.stdin is not None  # noqa: S101 -- PIPE
        with contextlib.suppress(BrokenPipeError):
            self._warden.stdin.write(os.fsencode(what) + b"\0")

    def dismiss(self) -> None:
        """Let it end, after what is still there, which in order is nothing."""
        self._forget_ended()
        self.let_go()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._warden.wait(_WARDEN_S)

    def let_go(self) -> None:
        assert self._warden.stdin is not None  # noqa: S101 -- PIPE
        self._warden.stdin.close()

    def _forget_ended(self) -> None:
        for process in self._processes:
            if process.returncode is not None:
                self.tell(f"ended {process.pid}")
        self._processes = [one for one in self._processes if one.returncode is None]


_of_this_process: list[Warden] = []


def warden() -> Warden:
    if not _of_this_process:
        _of_this_process.append(Warden())
    return _of_this_process[0]


@atexit.register
def _dismiss() -> None:
    while _of_this_process:
        _of_this_process.pop().dismiss()


def _leave_to_parent() -> None:
    while _of_this_process:
        _of_this_process.pop().let_go()


os.register_at_fork(after_in_child=_leave_to_parent)


@contextlib.asynccontextmanager
async def temporary_folder(prefix: str) -> AsyncIterator[Path]:
    """A folder of this account's own, gone at the end of the block.

    Raises:
        TimeoutError: at the end: it cannot be removed.

    """
    folder = _make(prefix)
    try:
        yield folder
    finally:
        # More than once: sessions of a killed postmaster write until they notice.
        await finish(
            wait_until(lambda: _removed(folder), deadline_s=_REMOVE_S, what=f"{folder} to go")
        )
        warden().tell(f"removed {folder}")


def _make(prefix: str) -> Path:
    # Not mkdtemp: the warden has to know of a folder before there is one.
    folder = Path(tempfile.gettempdir(), f"{prefix}{secrets.token_hex(8)}")
    warden().tell(f"folder {folder}")
    try:
        folder.mkdir(mode=0o700)
    except OSError:
        warden().tell(f"removed {folder}")  # if it is there, it is another's
        raise
    return folder


def _removed(folder: Path) -> bool:
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()

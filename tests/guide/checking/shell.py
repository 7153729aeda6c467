"""A shell that the console blocks of a page share."""

import contextlib
import os
import secrets
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

LINE_DEADLINE_S = 300.0


class Shell:
    """A bash in *folder*, until `close`; what it started then is ended, too."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],  # noqa: S607 -- the one that a reader has
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def run(self, command: str) -> tuple[str, int]:
        """What it printed, and its exit code.

        Raises:
            TimeoutError: it did not end in time.

        """
        assert self._process.stdin
        end = f"end-{secrets.token_hex(8)}"
        script = f"{command}\nprintf '%s %s\\n' {end} $?\n"
        self._process.stdin.write(script.encode())
        self._process.stdin.flush()
        text = self._read_until(end, command)
        printed, _, code = text.rpartition(end)
        return printed, int(code)

    def _read_until(self, end: str, command: str) -> str:
        assert self._process.stdout
        deadline = time.monotonic() + LINE_DEADLINE_S
        found = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while not (end.encode() in found and found.endswith(b"\n")):
                if not selector.select(deadline - time.monotonic()):
                    raise TimeoutError(f"{command}: no end, but {found.decode()}")
                piece = os.read(self._process.stdout.fileno(), 65536)
                if not piece:
                    raise TimeoutError(f"{command}: the shell ended: {found.decode()}")
                found += piece
        return found.decode()

    def close(self) -> None:
        """End the shell's process group: what it still runs in the background is in it."""
        assert self._process.stdin
        assert self._process.stdout
        for signum in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signum)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(10)
                break
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.stdout.close()

"""The command line as its users run it: in a process of its own."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest

from migration_guide.kit.lab.waiting import wait_until

FOREIGN = ("PG", "DATABASE_URL", "SQLALCHEMY_", "SECRET_KEY", "NO_COLOR", "FORCE_COLOR")

PORT_KIT = (sys.executable, "-m", "migration_guide")


@dataclass(frozen=True)
class Finished:
    code: int
    out: str
    err: str


class Running:
    """A command under way.

    Attributes:
        folder: for its temporary files.
        home: its working folder, in which it keeps its runs.

    """

    def __init__(self, process: asyncio.subprocess.Process, folder: Path, home: Path) -> None:
        self.process, self.folder, self.home = process, folder, home
        self.out, self.err = "", ""
        self._readers = [
            asyncio.create_task(self._read("out", process.stdout)),
            asyncio.create_task(self._read("err", process.stderr)),
        ]

    async def _read(self, name: str, stream: asyncio.StreamReader | None) -> None:
        assert stream is not None
        while data := await stream.read(4096):
            setattr(self, name, getattr(self, name) + data.decode())

    async def finish(self, deadline_s: float = 90) -> Finished:
        async with asyncio.timeout(deadline_s):
            await asyncio.gather(*self._readers)
            return Finished(await self.process.wait(), self.out, self.err)

    async def until(self, text: str, *, deadline_s: float = 30) -> None:
        """Wait until the command has printed *text*."""

        def printed() -> bool:
            assert self.process.returncode is None, self.out + self.err
            return text in self.out + self.err

        await wait_until(printed, deadline_s=deadline_s, what=f"{text!r} in the output")

    def descendants(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    async def until_runs(self, argument: str, *, deadline_s: float) -> None:
        """Wait until one of the command's processes has *argument* in its command line."""

        def runs() -> bool:
            for process in self.descendants():
                with suppress(psutil.NoSuchProcess):  # it has just ended
                    if argument in process.cmdline():
                        return True
            return False

        await wait_until(runs, deadline_s=deadline_s, what=f"a process with {argument}")

    def listeners(self) -> list[int]:
        """The ports on which the command's processes listen."""
        ports = []
        for process in self.descendants():
            with suppress(psutil.NoSuchProcess):  # it has just ended
                ports += [
                    connection.laddr.port
                    for connection in process.net_connections("tcp")
                    if connection.status == psutil.CONN_LISTEN
                ]
        return sorted(set(ports))

    def left(self) -> list[Path]:
        """What lies in the command's temporary folder."""
        return list(self.folder.iterdir())

    def kill(self) -> None:
        if self.process.returncode is None:
            for process in [*self.descendants(), psutil.Process(self.process.pid)]:
                with suppress(psutil.NoSuchProcess):  # it has just ended
                    process.kill()


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that still run. A zombie does not: it waits for init, which in a container may be a
    program that does not know this duty."""
    running = []
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            if process.status() != psutil.STATUS_ZOMBIE:
                running.append(process)
    return running


Start = Callable[..., Awaitable[Running]]


@pytest.fixture(scope="module")
async def start() -> AsyncIterator[Start]:
    """Start a command; by default ``port-kit`` with the given arguments."""
    started: list[Running] = []
    folders = ExitStack()

    async def run(
        *arguments: str, command: tuple[str, ...] = PORT_KIT, **environment: str
    ) -> Running:
        folder = Path(folders.enter_context(TemporaryDirectory(prefix="port-kit-test-")))
        home = Path(folders.enter_context(TemporaryDirectory(prefix="port-kit-home-")))
        os.chmod(folder, 0o755)  # noqa: PTH101, S103 -- PostgreSQL's account has to pass
        process = await asyncio.create_subprocess_exec(
            *command,
            *arguments,
            env=clean_environment() | {"TMPDIR": str(folder)} | environment,
            cwd=home,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        started.append(Running(process, folder, home))
        return started[-1]

    with folders:
        yield run
        for running in started:
            running.kill()
            await running.finish()


def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}

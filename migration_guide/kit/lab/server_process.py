"""A server process of the lab's, whatever it serves."""

import asyncio
import contextlib
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import aiohttp

from migration_guide.kit.lab.processes import Throwaway, end_group, freeze, launch, thaw
from migration_guide.kit.lab.waiting import finish, wait_until

START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 8.0
LOG_LINES = 20


class ServiceError(RuntimeError):
    """A service did not start; the message holds the end of its log."""


class KilledError(RuntimeError):
    """A service that was asked to stop did not; the message holds the end of its log."""


class ServerProcess(Throwaway):
    """Runs from ``async with`` to its end.

    Args:
        name: of the service, for messages and for its log.
        folder: in which its output goes to ``<name>.log``; without it, it has this process's.
        work: the working folder, by default *folder*.

    """

    def __init__(self, name: str, *, folder: Path | None = None, work: Path | None = None) -> None:
        self.name = name
        self._folder = folder
        self._work = work or folder
        self._process: asyncio.subprocess.Process | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """Where it listens."""

    @property
    @abstractmethod
    def _health_url(self) -> str:
        """What is answered with a 2xx once it serves."""

    @abstractmethod
    def _command(self) -> Sequence[str]:
        """The command line."""

    @abstractmethod
    def _environment(self) -> Mapping[str, str]:
        """The whole of it."""

    def _inherited(self) -> Sequence[int]:
        """The file descriptors that the process gets."""
        return ()

    @property
    def pid(self) -> int:
        """Of the process that leads all others."""
        assert self._process is not None  # noqa: S101 -- between start and stop there is one
        return self._process.pid

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Its processes stand still while the block runs, as in a pause of the machine."""
        pid = self.pid
        try:
            freeze(pid)
            yield
        finally:
            thaw(pid)

    async def restart(self) -> None:
        """Stop it as a deployment would, then start it again.

        Raises:
            KilledError: it did not end by itself; it runs again all the same.
            ServiceError: it does not start again.

        """
        process = self._process
        assert process is not None  # noqa: S101 -- between start and stop there is one
        code = await finish(end_group(process, patience_s=STOP_TIMEOUT_S))
        await self._start()
        if code < 0:
            raise KilledError(f"The {self.name} service had to be killed.{self._log_tail()}")

    async def wait(self) -> int:
        """Wait until the server process ends by itself; its exit code."""
        assert self._process is not None  # noqa: S101 -- between start and stop there is one
        return await self._process.wait()

    async def stop(self) -> int | None:
        """Stop the server as a deployment would, then end what is left of its process group.

        The exit code; negative where it had to be killed, None where it did not run.
        """
        process, self._process = self._process, None
        if process is None:
            return None
        return await finish(end_group(process, patience_s=STOP_TIMEOUT_S))

    async def _start(self) -> None:
        await finish(self._launch())
        await self._until_live()

    async def _dispose(self) -> None:
        await self.stop()

    async def _launch(self) -> None:
        """Start the process and remember it, uninterrupted: one nobody knows would live on."""
        output = None
        if self._folder is not None:
            output = (self._folder / f"{self.name}.log").open("ab")
        try:
            self._process = await launch(
                *self._command(),
                env=self._environment(),
                cwd=self._work,
                pass_fds=self._inherited(),
                stdout=output,
                stderr=output,
            )
        except OSError as error:
            raise ServiceError(f"The {self.name} service cannot be started: {error}") from None
        finally:
            if output is not None:
                output.close()

    async def _until_live(self) -> None:
        process = self._process
        assert process is not None  # noqa: S101 -- just started

        async def answers() -> bool:
            if process.returncode is not None:
                raise ServiceError(
                    f"The {self.name} service ended with exit code {process.returncode} while"
                    f" starting.{self._log_tail()}"
                )
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                async with session.get(self._health_url, allow_redirects=False) as response:
                    return response.status in range(200, 300)
            return False

        timeout = aiohttp.ClientTimeout(total=2)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            try:
                await wait_until(
                    answers, deadline_s=START_TIMEOUT_S, what=f"the {self.name} service to start"
                )
            except TimeoutError as error:
                raise ServiceError(f"{error}{self._log_tail()}") from None

    def log(self) -> str:
        """What it has said so far, where it has a folder to say it in."""
        if self._folder is None:
            return ""
        return (self._folder / f"{self.name}.log").read_text(errors="replace")

    def _log_tail(self) -> str:
        if self._folder is None:
            return ""
        return " The end of its log:\n" + "\n".join(self.log().splitlines()[-LOG_LINES:])

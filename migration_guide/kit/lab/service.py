"""A service under test: a real server process, as it would be deployed."""

import asyncio
import contextlib
import json
import os
import secrets
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import aiohttp

from migration_guide.kit.lab.processes import Throwaway, end_group, freeze, launch, thaw
from migration_guide.kit.lab.stacks import (
    DEFAULT_PROFILE,
    DRIVERS,
    THREADS,
    UNLIMITED,
    Profile,
    Stack,
    driver_url,
)
from migration_guide.kit.lab.waiting import finish, wait_until

START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 8.0

# Variables that would change what a service does behind the lab's back: libpq reads PG*.
_FOREIGN = (
    *("PG", "FLASK_", "QUART_", "GUNICORN_", "WEB_CONCURRENCY", "SQLALCHEMY_", "DATABASE_"),
    *("PROMETHEUS_", "POOL_WAIT_LIMIT", "LOG_LEVEL", "SALES_REPORT_PAUSE_S"),
)


class ServiceError(RuntimeError):
    """A service did not start; the message holds the end of its log."""


class KilledError(RuntimeError):
    """A service that was asked to stop did not; the message holds the end of its log."""


def listen(host: str, port: int) -> socket.socket:
    """Bind a socket that the server process inherits, so that no port is chosen twice.

    Raises:
        ServiceError: the address cannot be bound.

    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise ServiceError(f"Cannot listen on {host}:{port}: {error}") from None
    return listener


def command(stack: Stack, profile: Profile, fd: int, workers: int) -> list[str]:
    """The server's command line; *fd* is the inherited listening socket."""
    bind = ["--bind", f"fd://{fd}", "--workers", str(workers), "--graceful-timeout", "3"]
    if stack == "flask":
        return [
            *(sys.executable, "-m", "gunicorn", *bind, "--no-control-socket"),
            *("--worker-class", "gthread", "--threads", str(THREADS)),
            "migration_guide.flask_app.app:create_app()",
        ]
    if profile == "hardened":
        return [sys.executable, "-m", "async_app", *bind]
    return [sys.executable, "-m", "hypercorn", *bind, "async_app.app:create_app()"]


class Service(Throwaway):
    """Runs from ``async with`` to its end.

    Args:
        stack: which of the two.
        database_url: any PostgreSQL URL; the driver of stack and profile is put in.
        profile: by default, the one in which the stack is served.
        engine_options: the value of ``SQLALCHEMY_ENGINE_OPTIONS``; None: what `config.py` says.
        listener: a bound socket; by default a free port of 127.0.0.1.
        folder: the working folder; with it, output goes to ``<stack>.log`` there, and the
            environment is kept free of what would change the service. Without it, the service has
            this process's output and environment.
        prefix: what is put before the command line.
        environment: what is put into the environment besides.

    """

    def __init__(
        self,
        stack: Stack,
        database_url: str,
        *,
        profile: Profile | None = None,
        engine_options: Mapping[str, Any] | None = None,
        workers: int = 1,
        listener: socket.socket | None = None,
        folder: Path | None = None,
        secret_key: str | None = None,
        prefix: Sequence[str] = (),
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.stack = stack
        self._profile = profile or DEFAULT_PROFILE[stack]
        self._database_url = driver_url(DRIVERS[stack, self._profile], database_url)
        self._engine_options = engine_options
        self._workers = workers
        self._listener = listener or listen("127.0.0.1", 0)
        self._address = self._listener.getsockname()[:2]
        self._folder = folder
        self._secret_key = secret_key or os.environ.get("SECRET_KEY") or secrets.token_urlsafe()
        self._prefix = tuple(prefix)
        self._extra_environment = environment
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        host, port = self._address
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

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

        The socket stays open in between, as with systemd's socket activation: who connects then
        waits for the new process.

        Raises:
            KilledError: it did not end by itself; it runs again all the same.
            ServiceError: it does not start again.

        """
        process = self._process
        assert process is not None  # noqa: S101 -- between start and stop there is one
        code = await finish(end_group(process, patience_s=STOP_TIMEOUT_S))
        await self._start()
        if code < 0:
            raise KilledError(f"The {self.stack} service had to be killed.{self._log_tail()}")

    async def wait(self) -> int:
        """Wait until the server process ends by itself; its exit code."""
        assert self._process is not None  # noqa: S101 -- between start and stop there is one
        return await self._process.wait()

    async def stop(self) -> int | None:
        """Stop the server as a deployment would, then end what is left of its process group.

        The exit code; negative where it had to be killed, None where it did not run.
        """
        process, self._process = self._process, None
        # The last copy: now connections are refused.
        self._listener.close()
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
        fd = self._listener.fileno()
        output = None
        if self._folder is not None:
            output = (self._folder / f"{self.stack}.log").open("ab")
        try:
            self._process = await launch(
                *self._prefix,
                *self._command(fd),
                env=self._environment(),
                cwd=self._folder,
                pass_fds=[fd],
                stdout=output,
                stderr=output,
            )
        finally:
            if output is not None:
                output.close()

    def _command(self, fd: int) -> list[str]:
        return command(self.stack, self._profile, fd, self._workers)

    async def _until_live(self) -> None:
        process = self._process
        assert process is not None  # noqa: S101 -- just started

        async def answers() -> bool:
            if process.returncode is not None:
                raise ServiceError(
                    f"The {self.stack} service ended with exit code {process.returncode} while"
                    f" starting.{self._log_tail()}"
                )
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                async with session.get(f"{self.url}/health/live") as response:
                    return response.status == 200
            return False

        timeout = aiohttp.ClientTimeout(total=2)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            try:
                await wait_until(
                    answers, deadline_s=START_TIMEOUT_S, what=f"the {self.stack} service to start"
                )
            except TimeoutError as error:
                raise ServiceError(f"{error}{self._log_tail()}") from None

    def _environment(self) -> dict[str, str]:
        isolated = self._folder is not None
        environment = {
            name: value
            for name, value in os.environ.items()
            if not (isolated and name.startswith(_FOREIGN))
        }
        if isolated:
            environment["LOG_LEVEL"] = "WARNING"
        environment |= {
            "DATABASE_URL": self._database_url,
            "SECRET_KEY": self._secret_key,
            "SESSION_COOKIE_SECURE": "0",  # the lab speaks plain HTTP
            "DRAIN_S": "0",  # no load balancer needs to notice
        }
        if self._profile != "hardened":
            environment |= UNLIMITED
        if self._engine_options is not None:
            environment["SQLALCHEMY_ENGINE_OPTIONS"] = json.dumps(dict(self._engine_options))
        return environment | dict(self._extra_environment)

    def log(self) -> str:
        """What it has said so far, where it has a folder to say it in."""
        if self._folder is None:
            return ""
        return (self._folder / f"{self.stack}.log").read_text(errors="replace")

    def _log_tail(self, lines: int = 20) -> str:
        if self._folder is None:
            return ""
        return " The end of its log:\n" + "\n".join(self.log().splitlines()[-lines:])

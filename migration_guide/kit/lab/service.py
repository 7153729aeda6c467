"""A service under test: a real server process, as it would be deployed."""

import json
import os
import secrets
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from migration_guide.kit.lab.server_process import KilledError, ServerProcess, ServiceError
from migration_guide.kit.lab.stacks import (
    DEFAULT_PROFILE,
    DRIVERS,
    THREADS,
    UNLIMITED,
    Profile,
    Stack,
    driver_url,
)

__all__ = ["KilledError", "Service", "ServiceError", "command", "listen"]

# Variables that would change what a service does behind the lab's back: libpq reads PG*.
_FOREIGN = (
    *("PG", "FLASK_", "QUART_", "GUNICORN_", "WEB_CONCURRENCY", "SQLALCHEMY_", "DATABASE_"),
    *("PROMETHEUS_", "POOL_WAIT_LIMIT", "LOG_LEVEL", "SALES_REPORT_PAUSE_S"),
)


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


class Service(ServerProcess):
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
        super().__init__(stack, folder=folder)
        self.stack = stack
        self._profile = profile or DEFAULT_PROFILE[stack]
        self._database_url = driver_url(DRIVERS[stack, self._profile], database_url)
        self._engine_options = engine_options
        self._workers = workers
        self._listener = listener or listen("127.0.0.1", 0)
        self._address = self._listener.getsockname()[:2]
        self._secret_key = secret_key or os.environ.get("SECRET_KEY") or secrets.token_urlsafe()
        self._prefix = tuple(prefix)
        self._extra_environment = environment

    @property
    def url(self) -> str:
        host, port = self._address
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    @property
    def _health_url(self) -> str:
        return f"{self.url}/health/live"

    async def stop(self) -> int | None:
        # The last copy of the socket, on which a restart keeps those who connect waiting, as with
        # systemd's socket activation: now connections are refused.
        self._listener.close()
        return await super().stop()

    def _inherited(self) -> Sequence[int]:
        return [self._listener.fileno()]

    def _command(self) -> list[str]:
        return [*self._prefix, *self._server_command(self._listener.fileno())]

    def _server_command(self, fd: int) -> list[str]:
        return command(self.stack, self._profile, fd, self._workers)

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

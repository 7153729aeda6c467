"""A team's own service: a process that the lab starts, or one that runs already."""

import os
import secrets
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy import URL

from migration_guide.kit.lab.own.config import Service
from migration_guide.kit.lab.own.placeholders import HIDDEN, fill, hide, values
from migration_guide.kit.lab.ports import fixed_ports
from migration_guide.kit.lab.server_process import ServerProcess

ATTEMPTS = 100


class Attached:
    """One that runs already, and goes on running."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    async def restart(self) -> None:
        raise RuntimeError("it was not started here")


class OwnService(ServerProcess):
    """One that is started, and gone after the block.

    Args:
        root: the file's folder, from which the service's is named.
        database: by way of the proxy.

    """

    def __init__(self, name: str, told: Service, root: Path, database: URL, folder: Path) -> None:
        super().__init__(name, folder=folder, work=root / told.folder)
        self._told = told
        self._port = free_port()
        self._known = values(self._port, database)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def _health_url(self) -> str:
        return self.url + self._told.health

    def _command(self) -> Sequence[str]:
        return [fill(word, self._known) for word in self._told.command]

    def _environment(self) -> Mapping[str, str]:
        given = {name: fill(text, self._known) for name, text in self._told.environment.items()}
        return {**os.environ, **given}

    def log(self) -> str:
        """Without the database's password, and others that are told as such."""
        log, password = super().log(), self._known["database_password"]
        return hide(log.replace(password, HIDDEN) if password else log)


def free_port() -> int:
    """One that no outgoing connection can be given meanwhile."""
    ports = fixed_ports()
    for _ in range(ATTEMPTS):
        port = secrets.choice(ports)
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError(
        f"There is no free port in {ports.start}-{ports.stop - 1}: end some servers."
    )

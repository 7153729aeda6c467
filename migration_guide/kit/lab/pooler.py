"""A throw-away PgBouncer in transaction mode, in front of a server."""

import asyncio
import contextlib
import random
import shutil
import socket
import subprocess
from pathlib import Path

from sqlalchemy import make_url

from migration_guide.kit.lab.binaries import ENVIRONMENT, Account
from migration_guide.kit.lab.leftovers import temporary_folder
from migration_guide.kit.lab.ports import fixed_ports
from migration_guide.kit.lab.processes import Throwaway, end_group, launch
from migration_guide.kit.lab.waiting import finish, wait_until

START_TIMEOUT_S = 10.0
STOP_TIMEOUT_S = 5.0
_PORT_ATTEMPTS = 100


class PoolerError(RuntimeError):
    """PgBouncer is missing or does not start; the message says which."""


def find_pgbouncer() -> str | None:
    """The program, or None; Debian keeps it where only root's PATH leads."""
    return shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin")


class PgBouncer(Throwaway):
    """Runs from ``async with`` to its end, its folder included.

    Args:
        server_url: of a database; the pooler logs in there with the URL's user and password, and
            takes the same from its clients.
        pool_size: connections to the server.

    Raises:
        PoolerError: on entering.

    """

    host = "127.0.0.1"

    def __init__(self, server_url: str, *, pool_size: int) -> None:
        self._server = make_url(server_url)
        self._pool_size = pool_size
        self._account = Account.choose()
        self._process: asyncio.subprocess.Process | None = None
        self._cleanup = contextlib.AsyncExitStack()
        self.port = 0

    def url(self) -> str:
        """The server's URL, by way of the pooler."""
        return self._server.set(host=self.host, port=self.port).render_as_string(
            hide_password=False
        )

    async def restart(self) -> None:
        """End it and all its connections (SIGTERM), and start it again on the same port."""
        await self._end()
        await self._run()

    async def _start(self) -> None:
        if find_pgbouncer() is None:
            raise PoolerError("There is no program pgbouncer on this machine; install the package.")
        folder = await self._cleanup.enter_async_context(temporary_folder("pgbouncer-"))
        self.port = _free_port()
        self._configuration = self._configure(folder)
        await self._run()

    async def _run(self) -> None:
        await finish(self._launch())
        try:
            await wait_until(self._listens, deadline_s=START_TIMEOUT_S, what="PgBouncer to start")
        except TimeoutError as error:
            log = self._configuration.with_name("log").read_text(errors="replace")[-2000:]
            raise PoolerError(f"{error}. Its log:\n{log}") from None

    def _configure(self, folder: Path) -> Path:
        server, files = self._server, [folder, folder / "ini", folder / "users", folder / "log"]
        for file in files[1:]:
            file.touch(mode=0o600)
        (folder / "users").write_text(f'"{server.username}" "{server.password}"\n')
        (folder / "ini").write_text(
            f"[databases]\n* = host={server.host} port={server.port}\n"
            "[pgbouncer]\n"
            f"listen_addr = {self.host}\nlisten_port = {self.port}\nunix_socket_dir =\n"
            f"auth_type = scram-sha-256\nauth_file = {folder / 'users'}\n"
            f"logfile = {folder / 'log'}\n"
            f"pool_mode = transaction\ndefault_pool_size = {self._pool_size}\n"
            "server_idle_timeout = 5\n"
        )
        self._account.own(*files)
        return folder / "ini"

    async def _launch(self) -> None:
        """Start the process and remember it, uninterrupted: one nobody knows would live on."""
        self._process = await launch(
            *(str(find_pgbouncer()), "-q", str(self._configuration)),
            **self._account.popen,
            cwd=self._configuration.parent,
            env=ENVIRONMENT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _listens(self) -> bool:
        if self._process is None or self._process.returncode is not None:
            raise TimeoutError("PgBouncer ended while starting")
        with socket.socket() as client:
            return client.connect_ex((self.host, self.port)) == 0

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:  # SIGTERM is at once, whoever is connected
            await finish(end_group(process, patience_s=STOP_TIMEOUT_S))

    async def _dispose(self) -> None:
        await self._end()
        await self._cleanup.aclose()


def _free_port() -> int:
    """A port that was free a moment ago, and is given to no outgoing connection meanwhile.

    PgBouncer cannot take an open socket.
    """
    for port in random.sample(fixed_ports(), k=_PORT_ATTEMPTS):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((PgBouncer.host, port))
            return port
    raise PoolerError("There is no free port for PgBouncer.")

"""Stopping and starting a PostgreSQL server that somebody else started on this machine."""

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import asyncpg


@dataclass(frozen=True)
class LocalControl:
    """Restarts a local server with its own ``pg_ctl``, as the user it runs under."""

    pg_ctl: Path
    data: Path
    user: int
    group: int

    @classmethod
    async def of(cls, connection: asyncpg.Connection) -> "LocalControl | str":
        """The control over the server of *connection*, or why there is none."""
        if not sys.platform.startswith("linux"):
            return "stopping a server that the kit did not start works on Linux only"
        try:
            data = await connection.fetchval("SHOW data_directory")
        except asyncpg.InsufficientPrivilegeError:
            return "the role may not see the server's data_directory (pg_read_all_settings)"
        backend = await connection.fetchval("SELECT pg_backend_pid()")
        return cls._of_process(Path(data), str(backend))

    @classmethod
    def _of_process(cls, data: Path, backend: str) -> "LocalControl | str":
        try:
            postmaster = (data / "postmaster.pid").read_text().split("\n", 1)[0]
            process = Path("/proc", postmaster)
            children = (process / "task" / postmaster / "children").read_text().split()
            owner = process.stat()
            binary = (process / "exe").resolve(strict=True)
            cgroup = (process / "cgroup").read_text()
        except OSError:
            return "the server is not on this machine, or its files are not this user's to read"
        if backend not in children:  # another server's folder of the same name
            return "the server is not on this machine"
        if "postgres" in cgroup and ".service" in cgroup:
            return "the server is a service of systemd, which would take the stop for a failure"
        if os.geteuid() not in (0, owner.st_uid):
            return "the server runs under another user"
        return cls(binary.with_name("pg_ctl"), data, owner.st_uid, owner.st_gid)

    async def restart(self, mode: Literal["fast", "immediate"]) -> None:
        as_root = os.geteuid() == 0
        process = await asyncio.create_subprocess_exec(
            *(self.pg_ctl, "-D", self.data, "-m", mode, "-w", "-t", "30", "-s", "restart"),
            cwd=self.data,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,  # a pipe would be held open by the server
            user=self.user if as_root else None,
            group=self.group if as_root else None,
            extra_groups=[] if as_root else None,
            start_new_session=True,
        )
        if await process.wait() != 0:
            raise RuntimeError(f"pg_ctl could not restart the server in {self.data}.")

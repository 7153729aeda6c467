"""What tests ask the machine and a server about."""

import os
import socket
import subprocess
from pathlib import Path

import pytest

from migration_guide.kit.lab.postgres import EmbeddedPostgres

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root lends PostgreSQL an account")


def processes(folder: Path) -> list[tuple[int, str]]:
    """User id and command line of every process that mentions `folder`."""
    listing = subprocess.run(
        ["ps", "-A", "-ww", "-o", "uid=", "-o", "args="],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    rows = (line.split(maxsplit=1) for line in listing.splitlines())
    return [(int(uid), args) for uid, args in rows if str(folder) in args]


def first_ephemeral_port() -> int:
    setting = Path("/proc/sys/net/ipv4/ip_local_port_range")
    return int(setting.read_text().split()[0]) if setting.exists() else 49152


def contents(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def owners_and_modes(folder: Path) -> list[tuple[Path, int, int]]:
    found = ((path, path.lstat()) for path in sorted(folder.rglob("*")))
    return [(path, stat.st_uid, stat.st_mode) for path, stat in found]


def refuses(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) != 0


async def ask(server: EmbeddedPostgres, query: str, database: str = "postgres") -> object:
    connection = await server.connect(database=database)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()

"""A service from a tree of the path, as the lab runs the two that are whole."""

import contextlib
import secrets
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

from migration_guide.kit.lab.rig import Rig, set_up
from migration_guide.kit.lab.server import Server
from migration_guide.kit.lab.service import Service
from migration_guide.kit.lab.stacks import (
    PSYCOPG2,
    RESILIENT,
    SETTINGS,
    STOCK,
    Stack,
    driver_url,
)
from migration_guide.kit.lab.topology.direct import DIRECT
from migration_guide.kit.path import PACKAGE

QUART, ASYNCPG, RESILIENT_ENGINE = 3, 4, 5
"""The steps from which on it is that."""


def stack_of(step: int) -> Stack:
    return "flask" if step < QUART else "quart"


def driver_of(step: int) -> str:
    if step < ASYNCPG:
        return PSYCOPG2
    return STOCK if step < RESILIENT_ENGINE else RESILIENT


class ServiceOnTheWay(Service):
    """*tree*: a folder that `port-kit path` wrote, named after the step."""

    def __init__(self, stack: Stack, database_url: str, *, tree: Path, **options: Any) -> None:
        super().__init__(stack, database_url, **options)
        self._database_url = driver_url(driver_of(int(tree.name)), database_url)
        self._tree = tree

    def _server_command(self, fd: int) -> list[str]:
        *command, _ = super()._server_command(fd)
        return [*command, f"{PACKAGE}.app:create_app()"]

    def _environment(self) -> dict[str, str]:
        return super()._environment() | {"PYTHONPATH": str(self._tree)}


@contextlib.asynccontextmanager
async def on_the_way(
    tree: Path, server: Server, folder: Path, secret_key: str
) -> AsyncIterator[Rig]:
    """The service of a *tree*, with a database of its own; its log goes to *folder*."""
    database = f"port_kit_path_{secrets.token_hex(4)}"
    settings = SETTINGS[stack_of(int(tree.name)), "same-settings"]
    kind = partial(ServiceOnTheWay, tree=tree)
    async with (
        DIRECT.stand_up(server) as site,
        set_up(site, settings, folder, database, secret_key, kind=kind) as rig,
    ):
        yield rig

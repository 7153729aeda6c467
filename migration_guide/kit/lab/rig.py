"""One service on the bench: its database, its way there, and the server process."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Generic

from migration_guide.kit.lab import demo
from migration_guide.kit.lab.load import Load
from migration_guide.kit.lab.server import Server
from migration_guide.kit.lab.service import Service
from migration_guide.kit.lab.stacks import Settings
from migration_guide.kit.lab.target import Target
from migration_guide.kit.lab.topology.base import Site, W


@dataclass(frozen=True, eq=False)
class Rig(Generic[W]):
    """A service that runs; *settings* are those in force."""

    server: Server
    service: Service
    settings: Settings
    database: str
    way: W

    def target(self, load: Load) -> Target[W]:
        return Target(self.server, self.service, load, self.database, self.way)

    async def hold_connections(self, load: Load, count: int) -> int:
        return await self.target(load).hold(count)


@contextlib.asynccontextmanager
async def set_up(
    site: Site[W], settings: Settings, folder: Path, database: str, secret_key: str
) -> AsyncIterator[Rig[W]]:
    """Start a service in a database of its own, with a way there of its own."""
    settings = site.adapt(settings)
    async with site.server.database(database):
        await demo.set_up(site.server.url(database))
        async with (
            site.way(database) as way,
            Service(
                settings.stack,
                way.url,
                profile=settings.profile,
                engine_options=settings.engine_options,
                folder=folder,
                secret_key=secret_key,
                prefix=way.prefix,
                environment=way.environment,
            ) as service,
        ):
            yield Rig(site.server, service, settings, database, way)

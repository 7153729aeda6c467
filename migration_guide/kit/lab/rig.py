"""One service on the bench: its database, the proxy before it, and the server process."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from migration_guide.kit.lab import demo
from migration_guide.kit.lab.faults.base import Target
from migration_guide.kit.lab.load import Load
from migration_guide.kit.lab.proxy import FaultProxy
from migration_guide.kit.lab.server import Server
from migration_guide.kit.lab.service import Service
from migration_guide.kit.lab.stacks import Settings
from migration_guide.kit.lab.waiting import wait_until

HOLD_DEADLINE_S = 3.0


@dataclass(frozen=True)
class Rig:
    server: Server
    proxy: FaultProxy
    service: Service
    database: str

    @property
    def target(self) -> Target:
        return Target(self.server, self.proxy, application_name=self.database)

    async def hold_connections(self, load: Load, count: int) -> int:
        """Let *count* requests each hold a pooled connection at the same time, then go on.

        Warms a pool to *count* connections; and shows how many connections a pool can still give:
        the return value is smaller than *count* where slots are lost.
        """
        most = 0
        async with self.server.connect(self.database) as watcher:

            async def all_wait() -> bool:
                nonlocal most
                most = max(most, await count_waiting(watcher))
                return bool(most >= count)

            async with (
                asyncio.TaskGroup() as requests,
                self.server.connect(self.database) as locker,
                locker.transaction(),
            ):
                await locker.execute("LOCK TABLE products IN ACCESS EXCLUSIVE MODE")
                for _ in range(count):
                    requests.create_task(load.get("/products/1"))
                with contextlib.suppress(TimeoutError):
                    await wait_until(all_wait, deadline_s=HOLD_DEADLINE_S, what="the requests")
        return most


async def count_waiting(connection: asyncpg.Connection) -> int:
    """How many sessions wait for a lock on the products."""
    return int(
        await connection.fetchval(
            "SELECT count(*) FROM pg_locks WHERE relation = 'products'::regclass AND NOT granted"
        )
    )


@contextlib.asynccontextmanager
async def set_up(
    server: Server, settings: Settings, folder: Path, database: str, secret_key: str
) -> AsyncIterator[Rig]:
    """Start a service in a database of its own, behind a proxy of its own."""
    async with server.database(database):
        await demo.set_up(server.url(database))
        with FaultProxy(server.host, server.port) as proxy:
            url = server.url(database, via=(proxy.host, proxy.port))
            async with Service(
                settings.stack,
                url,
                profile=settings.profile,
                engine_options=settings.engine_options,
                folder=folder,
                secret_key=secret_key,
            ) as service:
                yield Rig(server, proxy, service, database)

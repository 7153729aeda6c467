"""One service on the bench: its database, its way there, and the server process."""

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic

from migration_guide.kit.lab import checker, demo, figures
from migration_guide.kit.lab.cell import Timing
from migration_guide.kit.lab.figures import InconclusiveError, Phases
from migration_guide.kit.lab.load import Load
from migration_guide.kit.lab.open_loop import Request
from migration_guide.kit.lab.results import Measured
from migration_guide.kit.lab.server import Server
from migration_guide.kit.lab.service import Service
from migration_guide.kit.lab.stacks import POOL_SIZE, Settings
from migration_guide.kit.lab.target import Target
from migration_guide.kit.lab.topology.base import Site, W
from migration_guide.kit.lab.waiting import wait_until

WARM_CONNECTIONS = 3
WELL_DEADLINE_S = 15.0
SETTLE_S = 15.0


@dataclass(frozen=True, eq=False)
class Rig(Generic[W]):
    """A service that runs; *settings* are those in force."""

    server: Server
    service: Service
    settings: Settings
    database: str
    way: W

    @property
    def engine_options(self) -> Mapping[str, Any]:
        return self.settings.engine_options

    @property
    def runs_here(self) -> bool:
        return self.server.not_own is None

    def load(self, timing: Timing, seed: int, record: Callable[[Request], None]) -> Load:
        deadline_s = timing.client_deadline_s
        return Load(self.service.url, timing.rate, deadline_s, seed, record=record)

    def target(self, load: Load) -> Target[W]:
        return Target(self.server, self.service, load, self.database, self.way)

    async def hold_connections(self, load: Load, count: int) -> int:
        return await self.target(load).hold(count)

    async def prepare(self, load: Load, before_s: float) -> int:
        """Warm the pool, and see that all is well; by how much the stock is off already."""

        async def answers() -> bool:
            return await load.get("/products/1") == 200

        # The fault of another service's cell may have left dead connections in this one's pool.
        await wait_until(answers, deadline_s=WELL_DEADLINE_S, what="the service to be well")
        await load.log_in()
        held = await self.hold_connections(load, WARM_CONNECTIONS)
        if held < WARM_CONNECTIONS:
            raise InconclusiveError(f"the pool gave {held} of {WARM_CONNECTIONS} connections")
        await load.send_for(before_s)
        await load.drain()
        figures.check_well(load.requests)
        async with self.server.connect(self.database) as connection:
            return await checker.stock_off_by(connection)

    async def count(self, load: Load, phases: Phases, wrong_before: int) -> Measured:
        """What clients saw, and what the database says about it."""
        await load.settle(SETTLE_S)
        async with self.server.connect(self.database) as connection:
            in_transaction = await checker.count_in_transaction(connection, self.database)
            writes = await checker.check_writes(connection, load.orders, load.acknowledged)
            off_by = await checker.stock_off_by(connection)
        slots_lost = POOL_SIZE - await self.hold_connections(load, POOL_SIZE)
        return replace(
            figures.count(load.requests, phases),
            repeated_writes=sum(request.attempt == 2 for request in load.history),
            lost_writes=writes.lost,
            doubled_writes=writes.doubled,
            half_writes=writes.half,
            stock_off_by=off_by - wrong_before,
            leaked_connections=max(in_transaction, slots_lost),
        )


@contextlib.asynccontextmanager
async def set_up(
    site: Site[W],
    settings: Settings,
    folder: Path,
    database: str,
    secret_key: str,
    *,
    kind: Callable[..., Service] = Service,
) -> AsyncIterator[Rig[W]]:
    """Start a service in a database of its own, with a way there of its own."""
    settings = site.adapt(settings)
    async with site.server.database(database):
        await demo.set_up(site.server.url(database))
        async with (
            site.way(database) as way,
            kind(
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

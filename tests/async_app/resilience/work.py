"""Engines against a server behind a fault proxy, and what is done with them."""

import contextlib
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from async_app import resilience
from migration_guide.kit.lab.proxy import FaultProxy
from migration_guide.kit.lab.server import Server
from migration_guide.kit.lab.stacks import RESILIENT, driver_url

TWO_SETTINGS: Mapping[str, Any] = MappingProxyType({"pool_pre_ping": True, "pool_recycle": 300})
AUTOCOMMIT: Mapping[str, Any] = MappingProxyType({"isolation_level": "AUTOCOMMIT"})
ALWAYS_PING: Mapping[str, Any] = MappingProxyType({"ping_bypass": 0})

ONE = text("SELECT 1")


@dataclass(frozen=True)
class Bench:
    """A database, and a proxy on the way to it."""

    server: Server
    proxy: FaultProxy
    database: str

    def url(self, driver: str = RESILIENT, *, direct: bool = False) -> str:
        via = None if direct else (self.proxy.host, self.proxy.port)
        return driver_url(driver, self.server.url(self.database, via=via))

    @contextlib.asynccontextmanager
    async def engine(
        self, driver: str = RESILIENT, *, settings: Mapping[str, Any] = TWO_SETTINGS, **more: Any
    ) -> AsyncIterator[AsyncEngine]:
        """An engine through the proxy, with the two settings unless others are given."""
        engine = create_async_engine(self.url(driver), **settings, **more)
        try:
            yield engine
        finally:
            with contextlib.suppress(RuntimeError):  # the test has stopped it
                self.proxy.heal()  # so that the stock dialect, too, finds an end
            await engine.dispose()

    async def sessions(self) -> list[str]:
        """The state of each session of the engines under test, those that are over excluded."""
        async with self.server.connect(self.database) as connection:
            rows = await connection.fetch(
                "SELECT state, query FROM pg_stat_activity"
                " WHERE application_name = $1 AND backend_type = 'client backend'",
                self.database,
            )
        return [f"{row['state']}: {row['query']}" for row in rows]


async def read(engine: AsyncEngine) -> int:
    """One request's worth of work."""
    async with engine.connect() as connection:
        return int((await connection.execute(ONE)).scalar_one())


async def read_wrongly(engine: AsyncEngine) -> None:
    """With an argument that asyncpg refuses, once the statement is prepared."""
    async with engine.connect() as connection:
        query = text("SELECT name FROM items WHERE id = :id")
        await connection.execute(query, {"id": "not a number"})


async def warm(engine: AsyncEngine, count: int) -> None:
    """Fill the pool with *count* connections, all of which have worked."""
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(count):
            connection = await stack.enter_async_context(engine.connect())
            await connection.execute(ONE)


async def seconds(work: Callable[[], Any]) -> float:
    start = time.monotonic()
    await work()
    return time.monotonic() - start


async def round_trips(bench: Bench, work: Callable[[], Any]) -> int:
    """How often *work* waits for the server, as the proxy counts."""
    before = bench.proxy.round_trips
    await work()
    return bench.proxy.round_trips - before


def counted(engine: AsyncEngine) -> dict[str, int]:
    """The engine's counters, those at zero left out."""
    found = resilience.counters(engine).as_dict()
    return {name: count for name, count in found.items() if count}


def checked_out(engine: AsyncEngine) -> int:
    pool: Any = engine.pool
    return int(pool.checkedout())

"""What a fault may touch: one service, its clients, and its way to the database."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Generic

from migration_guide.kit.lab.load import Load
from migration_guide.kit.lab.server import ADMIN, Server
from migration_guide.kit.lab.service import Service
from migration_guide.kit.lab.topology.base import W
from migration_guide.kit.lab.waiting import wait_until

ALL_PRODUCTS = "LOCK TABLE products IN ACCESS EXCLUSIVE MODE"
"""Every request waits for this one."""
PRODUCTS_FOR_UPDATE = "SELECT FROM products ORDER BY id FOR UPDATE"
"""Only orders wait for this one, in the middle of their transaction."""

STALL_DEADLINE_S = 10.0
HOLD_DEADLINE_S = 3.0

Waiting = Callable[[], Awaitable[list[int]]]


@dataclass(frozen=True)
class Target(Generic[W]):
    """A service under load.

    Attributes:
        database: its name, which the service's sessions also bear as their application_name.

    """

    server: Server
    service: Service
    load: Load
    database: str
    way: W

    async def hold(self, count: int) -> int:
        """Let *count* requests each hold a pooled connection at the same time, then go on.

        Warms a pool to *count* connections; and shows how many connections a pool can still give:
        the return value is smaller than *count* where slots are lost.
        """
        most = 0
        async with (
            asyncio.TaskGroup() as requests,
            stall(self.server, self.database, ALL_PRODUCTS) as waiting,
        ):
            for _ in range(count):
                requests.create_task(self.load.get("/products/1"))

            async def all_wait() -> bool:
                nonlocal most
                most = max(most, len(await waiting()))
                return most >= count

            with contextlib.suppress(TimeoutError):
                await wait_until(all_wait, deadline_s=HOLD_DEADLINE_S, what="the requests")
        return most

    @contextlib.asynccontextmanager
    async def stalled(self, count: int, lock: str = ALL_PRODUCTS) -> AsyncIterator[list[int]]:
        """Enter the block when *count* statements of the service wait in the database.

        They go on at its end. Yields their process ids.
        """
        pids: list[int] = []
        async with stall(self.server, self.database, lock) as waiting:

            async def enough() -> bool:
                pids[:] = await waiting()
                return len(pids) >= count

            await wait_until(enough, deadline_s=STALL_DEADLINE_S, what="requests to be in flight")
            yield pids

    @contextlib.asynccontextmanager
    async def with_setting(self, name: str, value: str) -> AsyncIterator[None]:
        """New sessions of the service have the setting; those that it has now are ended."""
        await self.execute(f"ALTER DATABASE \"{self.database}\" SET {name} = '{value}'")
        await self.server.terminate_sessions(self.database)
        try:
            yield
        finally:
            await self.execute(f'ALTER DATABASE "{self.database}" RESET {name}')

    @contextlib.asynccontextmanager
    async def healed_by_ending_sessions(self) -> AsyncIterator[None]:
        """At the end of the block, end the sessions that were there at its beginning.

        Who still waits for an answer whose packet was lost learns of it, TCP's patience aside.
        """
        async with self.server.connect() as connection:
            struck = await connection.fetchval("SELECT now()")
        try:
            yield
        finally:
            await self.server.terminate_sessions(self.database, older_than=struck)

    async def client_ports(self) -> list[int]:
        """From which the service's sessions come."""
        async with self.server.connect() as connection:
            rows = await connection.fetch(
                "SELECT client_port FROM pg_stat_activity"
                " WHERE application_name = $1 AND backend_type = 'client backend'",
                self.database,
            )
        return [row["client_port"] for row in rows]

    async def execute(self, statement: str, *arguments: object) -> None:
        """Run SQL in the service's database, as an administrator would."""
        async with self.server.connect(self.database) as connection:
            await connection.execute(statement, *arguments)


_WAITING = """
SELECT waiter.pid FROM pg_stat_activity AS waiter
WHERE waiter.datname = $1 AND waiter.application_name <> $2 AND waiter.wait_event_type = 'Lock'
AND (
    $3 = ANY(pg_blocking_pids(waiter.pid))
    -- Of those who want one row, the first waits for the holder, the others for the first.
    OR EXISTS (
        SELECT FROM unnest(pg_blocking_pids(waiter.pid)) AS first
        WHERE $3 = ANY(pg_blocking_pids(first))
    )
)
"""


@contextlib.asynccontextmanager
async def stall(server: Server, database: str, lock: str) -> AsyncIterator[Waiting]:
    """Hold a lock; yields what tells the process ids of those that wait for it."""
    async with (
        server.connect(database) as watcher,
        server.connect(database) as locker,
        locker.transaction(),
    ):
        await locker.execute(lock)

        async def waiting() -> list[int]:
            rows = await watcher.fetch(_WAITING, database, ADMIN, locker.get_server_pid())
            return [row["pid"] for row in rows]

        yield waiting

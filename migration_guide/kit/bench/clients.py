"""The operations, each as its library does them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import asyncpg
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from migration_guide.kit.bench.variants import Operation, Variant
from migration_guide.kit.lab.stacks import POOL_SIZE

READ = "SELECT name FROM bench_items WHERE id = {}"
WRITE = "UPDATE bench_items SET n = n + 1 WHERE id = {}"
STATEMENTS = {"read": text(READ.format(":id")), "write": text(WRITE.format(":id"))}

SCHEMA = """
CREATE TABLE bench_items (id int PRIMARY KEY, name text NOT NULL, n int NOT NULL);
INSERT INTO bench_items SELECT i, 'item ' || i, 0 FROM generate_series(1, 64) AS i;
ANALYZE bench_items
"""


class Client(Protocol):
    """A pool, and what is done with it. Each task works on a row of its own, *task* + 1."""

    async def run(self, operation: Operation, task: int, times: int) -> None: ...

    async def close(self) -> None: ...


@contextlib.asynccontextmanager
async def connected(variant: Variant, url: str, tasks: int) -> AsyncIterator[Client]:
    """A client of the variant, its pool as large as a service's or, for one task, of one."""
    size = min(tasks, POOL_SIZE)
    if variant.driver is None:
        pool = await asyncpg.create_pool(url, min_size=size, max_size=size)
        client: Client = _RawPool(pool)
    else:
        options = {**variant.options, "pool_size": size, "max_overflow": 0, "pool_timeout": 60}
        engine_url = variant.engine_url(url)
        if variant.synchronous:
            client = _Synchronous(create_engine(engine_url, **options), tasks)
        else:
            client = _Asynchronous(create_async_engine(engine_url, **options))
    try:
        yield client
    finally:
        await client.close()


class _Asynchronous:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def run(self, operation: Operation, task: int, times: int) -> None:
        parameters = {"id": task + 1}
        for _ in range(times):
            async with self._engine.connect() as connection:
                if operation != "checkout":
                    result = await connection.execute(STATEMENTS[operation], parameters)
                    if operation == "read":
                        result.scalar_one()
                    else:
                        await connection.commit()

    async def close(self) -> None:
        await self._engine.dispose()


class _Synchronous:
    """One task works in the event loop's own thread, as a process with one thread would."""

    def __init__(self, engine: Engine, tasks: int) -> None:
        self._engine = engine
        self._threads = ThreadPoolExecutor(tasks) if tasks > 1 else None

    async def run(self, operation: Operation, task: int, times: int) -> None:
        if self._threads is None:
            self._run(operation, task, times)
        else:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._threads, self._run, operation, task, times)

    def _run(self, operation: Operation, task: int, times: int) -> None:
        parameters = {"id": task + 1}
        for _ in range(times):
            with self._engine.connect() as connection:
                if operation != "checkout":
                    result = connection.execute(STATEMENTS[operation], parameters)
                    if operation == "read":
                        result.scalar_one()
                    else:
                        connection.commit()

    async def close(self) -> None:
        self._engine.dispose()
        if self._threads is not None:
            self._threads.shutdown()


class _RawPool:
    """asyncpg alone. Giving a connection back resets it, which is a round trip."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def run(self, operation: Operation, task: int, times: int) -> None:
        for _ in range(times):
            async with self._pool.acquire() as connection:
                if operation == "read":
                    await connection.fetchval(READ.format("$1"), task + 1)
                elif operation == "write":
                    async with connection.transaction():
                        await connection.execute(WRITE.format("$1"), task + 1)

    async def close(self) -> None:
        await self._pool.close()

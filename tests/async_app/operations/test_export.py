"""A large export: memory stays, and a client that leaves costs no connection."""

import asyncio

import aiohttp
import psutil
import pytest

from migration_guide.kit.lab import demo
from migration_guide.kit.lab.server import Server
from migration_guide.kit.lab.service import Service
from migration_guide.kit.lab.stacks import Stack
from migration_guide.kit.lab.waiting import wait_until

from .conftest import Serve, workers_of

ROWS = 100_000
GROWTH_MB = 20

ORDERS = """
INSERT INTO orders (customer_id, reference)
SELECT 1, 'order ' || i FROM generate_series(1, $ROWS) i;
INSERT INTO order_lines (order_id, product_id, position, quantity, price_cents)
SELECT id, 1 + id % 10, 1, 1, 100 FROM orders;
ANALYZE;
"""


@pytest.fixture
async def orders(server: Server, database: str) -> None:
    async with server.connect(database) as connection:
        await connection.execute(ORDERS.replace("$ROWS", str(ROWS)), timeout=60)


async def log_in(client: aiohttp.ClientSession) -> None:
    credentials = {"email": demo.EMAIL, "password": demo.PASSWORD}
    async with client.post("/session", json=credentials) as response:
        assert response.status == 200


def client_of(service: Service) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        service.url,
        cookie_jar=aiohttp.CookieJar(unsafe=True),
        timeout=aiohttp.ClientTimeout(total=100),
        read_bufsize=2**12,
    )


@pytest.mark.usefixtures("orders")
@pytest.mark.parametrize("stack", ["flask", "quart"])
async def test_memory_does_not_grow_with_the_export(serve: Serve, stack: Stack) -> None:
    profile = "hardened" if stack == "quart" else "same-settings"
    async with serve(profile, stack=stack) as service, client_of(service) as client:
        await log_in(client)
        (worker,) = workers_of(service)
        async with client.get("/products") as response:
            assert response.status == 200
        before = most = rss_mb(worker)
        lines = 0
        async with client.get("/orders/export") as response:
            assert response.status == 200
            async for line in response.content:
                lines += line.endswith(b"\n")
                if lines % 2_000 == 0:
                    most = max(most, rss_mb(worker))
        assert lines == ROWS
        print(f"{stack}: {before:.0f} MB before, at most {most - before:.1f} MB more")  # noqa: T201
        assert most - before < GROWTH_MB


def rss_mb(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / 2**20


@pytest.mark.usefixtures("orders")
async def test_a_client_that_leaves_gives_the_connection_back(
    serve: Serve, server: Server, database: str
) -> None:
    options = {"pool_size": 1, "max_overflow": 0, "pool_timeout": 5}
    async with serve(options=options) as service:
        for _ in range(3):
            async with client_of(service) as client:
                await log_in(client)
                async with client.get("/orders/export") as response:
                    assert response.status == 200
                    await response.content.readline()
                    async with client_of(service) as other:  # the control: it is in use
                        busy = asyncio.create_task(status(other, "/products/1"))
                        done, _ = await asyncio.wait({busy}, timeout=0.5)
                        assert not done
                        busy.cancel()
            async with client_of(service) as client:
                assert await status(client, "/products/1") == 200

        async def all_idle() -> bool:
            async with server.connect() as connection:
                return not await connection.fetchval(
                    "SELECT count(*) FROM pg_stat_activity"
                    " WHERE application_name = $1 AND backend_type = 'client backend'"
                    " AND state <> 'idle'",
                    database,
                )

        await wait_until(all_idle, deadline_s=5, what="the transactions to end")


async def status(client: aiohttp.ClientSession, path: str) -> int:
    async with client.get(path) as response:
        return response.status


@pytest.mark.usefixtures("orders")
async def test_a_database_that_is_lost_midway_is_seen_by_the_client(
    serve: Serve, server: Server, database: str
) -> None:
    """Not a shorter export that looks complete."""
    async with serve() as service, client_of(service) as client:
        await log_in(client)
        async with client.get("/orders/export") as response:
            await response.content.readline()
            await server.terminate_sessions(database)
            with pytest.raises(aiohttp.ClientPayloadError):
                await response.read()

"""A stop: not ready first, then what is in flight is answered, then it ends, within bounds."""

import asyncio
import sys
import time

import aiohttp

from migration_guide.kit.lab.server import Server
from migration_guide.kit.lab.target import ALL_PRODUCTS, stall
from migration_guide.kit.lab.waiting import wait_until

from .conftest import Serve

NO_DEADLINES = {"command_timeout": None, "pool_timeout": 60}


async def status(client: aiohttp.ClientSession, path: str) -> int:
    async with client.get(path) as response:
        return response.status


async def sessions(server: Server, database: str) -> int:
    async with server.connect(database) as connection:
        count: int = await connection.fetchval(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE application_name = $1 AND backend_type = 'client backend'",
            database,
        )
    return count


async def test_it_is_not_ready_first_and_answers_what_is_in_flight(serve: Serve) -> None:
    async with (
        serve(DRAIN_S="3", SALES_REPORT_PAUSE_S="1.5") as service,
        aiohttp.ClientSession(service.url, cookie_jar=aiohttp.CookieJar(unsafe=True)) as client,
    ):
        credentials = {"email": "demo@example.com", "password": "demo-password"}
        async with client.post("/session", json=credentials) as response:
            assert response.status == 200
        assert await status(client, "/health/ready") == 200
        stopping = asyncio.create_task(service.stop())

        async def unready() -> bool:
            async with client.get("/health/ready") as response:
                told = await response.json()
                return bool(
                    told
                    == {
                        "title": "Service Unavailable",
                        "status": 503,
                        "detail": "The service is shutting down.",
                    }
                )

        await wait_until(unready, deadline_s=3, what="readiness to turn red")
        assert await status(client, "/products/1") == 200  # it still serves
        assert await status(client, "/health/live") == 200
        assert await status(client, "/reports/sales") == 200
        last = asyncio.create_task(status(client, "/reports/sales"))
        assert await last == 200
        assert await stopping == 0


async def test_a_request_without_an_end_does_not_keep_it(
    serve: Serve, server: Server, database: str
) -> None:
    async with (
        serve(options=NO_DEADLINES, DATABASE_DEADLINE_S="0") as service,
        aiohttp.ClientSession(service.url) as client,
        stall(server, database, ALL_PRODUCTS) as waiting,
    ):
        request = asyncio.create_task(status(client, "/products/1"))

        async def it_waits() -> bool:
            return bool(await waiting())

        await wait_until(it_waits, deadline_s=5, what="the query to wait")
        start = time.monotonic()
        assert await service.stop() == 0  # by itself: it was not killed
        assert time.monotonic() - start < 8
        (outcome,) = await asyncio.gather(request, return_exceptions=True)
        assert outcome == 500 or isinstance(outcome, aiohttp.ClientError)

        async def none_left() -> bool:
            return not await sessions(server, database)

        await wait_until(none_left, deadline_s=5, what="the service's sessions to end")


async def test_plain_hypercorn_waits_for_it_without_an_end(
    serve: Serve, server: Server, database: str
) -> None:
    """The control: from Python 3.12 on, its limit does not hold (hypercorn issue 308)."""
    async with (
        serve("same-settings") as service,
        aiohttp.ClientSession(service.url) as client,
        stall(server, database, ALL_PRODUCTS) as waiting,
    ):
        request = asyncio.create_task(status(client, "/products/1"))

        async def it_waits() -> bool:
            return bool(await waiting())

        await wait_until(it_waits, deadline_s=5, what="the query to wait")
        code = await service.stop()
        assert code is not None
        assert (code < 0) is (sys.version_info >= (3, 12))  # it had to be killed
        await asyncio.gather(request, return_exceptions=True)

"""More requests than the pool can take: those beyond the queue are refused at once."""

import asyncio
import time
from collections import Counter

import aiohttp
import pytest

from async_app.operations.admission import LONGEST_RETRY_S
from migration_guide.kit.lab import demo
from migration_guide.kit.lab.generator.order import Order
from migration_guide.kit.lab.measuring import GENERATOR, Measuring
from migration_guide.kit.lab.server import Server
from migration_guide.kit.lab.target import ALL_PRODUCTS, stall
from migration_guide.kit.lab.waiting import wait_until

from .conftest import Serve

POOL = {"pool_size": 2, "max_overflow": 1, "command_timeout": None, "pool_timeout": 60}
LIMIT = 4
ADMITTED = 3 + LIMIT


async def get(client: aiohttp.ClientSession, path: str = "/products/1") -> tuple[int, float]:
    """The status, and how long it took to come, in seconds."""
    start = time.monotonic()
    async with client.get(path) as response:
        if response.status == 503:
            assert 1 <= int(response.headers["Retry-After"]) <= LONGEST_RETRY_S
            assert response.headers["Content-Type"] == "application/problem+json"
            assert response.headers["X-Content-Type-Options"] == "nosniff"
        return response.status, time.monotonic() - start


@pytest.mark.parametrize("limit", [LIMIT, 0])
async def test_beyond_the_limit_requests_are_refused_at_once(
    serve: Serve, server: Server, database: str, limit: int
) -> None:
    """And, as the control, without a limit none is."""
    async with (
        serve(options=POOL, POOL_WAIT_LIMIT=str(limit), DATABASE_DEADLINE_S="0") as service,
        aiohttp.ClientSession(service.url, connector=aiohttp.TCPConnector(limit=0)) as client,
    ):
        async with stall(server, database, ALL_PRODUCTS) as waiting:
            requests = [asyncio.create_task(get(client)) for _ in range(20)]

            async def pool_is_used_up() -> bool:
                return len(await waiting()) == 3

            await wait_until(pool_is_used_up, deadline_s=10, what="the pool to be used up")
            if limit:
                await wait_until(
                    lambda: sum(request.done() for request in requests) == 20 - ADMITTED,
                    deadline_s=5,
                    what="the others to be refused",
                )
                assert (await get(client))[0] == 503  # by now, before the framework sees it
            for path in ("/health/live", "/metrics"):
                assert (await get(client, path))[0] == 200
            assert (await get(client, "/health/ready"))[0] == 503  # nobody is served
            if limit:
                told = await metrics(client)
                assert told["db_pool_waiting"] == limit
                assert told["db_pool_checked_out"] == 3
                assert told['db_connection_events_total{event="connects"}'] >= 3
            assert any(not request.done() for request in requests)
        statuses = Counter(status for status, _ in await asyncio.gather(*requests))
        assert statuses == ({200: ADMITTED, 503: 20 - ADMITTED} if limit else {200: 20})
        assert (await metrics(client))["http_requests_shed_total"] == (
            20 - ADMITTED + 1 if limit else 0
        )


async def test_a_request_has_a_deadline_for_all_of_its_work(
    serve: Serve, server: Server, database: str
) -> None:
    options = {"command_timeout": None, "pool_timeout": 60}
    async with (
        serve(options=options, DATABASE_DEADLINE_S="1") as service,
        aiohttp.ClientSession(service.url) as client,
    ):
        assert (await get(client))[0] == 200
        async with stall(server, database, ALL_PRODUCTS) as waiting:
            async with asyncio.timeout(5):  # the control: nothing else would end it
                status, seconds = await get(client)
            assert status == 503
            assert seconds >= 1

            async def cancelled_on_the_server() -> bool:
                return not await waiting()

            await wait_until(cancelled_on_the_server, deadline_s=5, what="the query's end")
        assert (await get(client))[0] == 200


async def test_a_burst_is_answered_to_the_last_client(serve: Serve) -> None:
    """Two thousand at once on a pool of fifteen; `port-kit bench --http` tells at which pace."""
    async with serve() as service, Measuring(GENERATOR) as load:
        burst = Order(service.url, "report", 2000, warm_up_s=0, seconds=0, burst=True)
        figures = [message async for message in load.messages(burst, last="sample")][-1]["sample"]
        assert (figures["ok"], figures["failed"], figures["hung"]) == (2000, 0, 0)
        assert figures["shed"] > 0
        async with aiohttp.ClientSession(service.url) as client:
            assert (await metrics(client))["db_pool_checked_out"] == 0


async def test_a_queue_is_no_reason_to_be_not_ready(serve: Serve) -> None:
    options = {"pool_size": 1, "max_overflow": 0, "command_timeout": None, "pool_timeout": 60}
    environment = {"SALES_REPORT_PAUSE_S": "0.3", "DATABASE_DEADLINE_S": "0"}
    async with (
        serve(options=options, **environment) as service,
        aiohttp.ClientSession(service.url, cookie_jar=aiohttp.CookieJar(unsafe=True)) as client,
    ):
        credentials = {"email": demo.EMAIL, "password": demo.PASSWORD}
        async with client.post("/session", json=credentials) as response:
            assert response.status == 200
        # 4.8 s of work: a probe that is last in the queue has no answer within its second.
        requests = [asyncio.create_task(get(client, "/reports/sales")) for _ in range(16)]
        await wait_until(requests[0].done, deadline_s=10, what="the first answer")
        assert not requests[-1].done()
        assert (await get(client, "/health/ready"))[0] == 200
        assert {status for status, _ in await asyncio.gather(*requests)} == {200}


async def metrics(client: aiohttp.ClientSession) -> dict[str, float]:
    async with client.get("/metrics") as response:
        lines = (await response.text()).splitlines()
    pairs = (line.rsplit(maxsplit=1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in pairs}

"""Several services behind one PgBouncer in transaction mode, as several-machines.md sets them up.

The server lets their role have few connections: what exceeds them fails.
"""

import asyncio
import contextlib
import json
import re
import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from sqlalchemy import make_url

from migration_guide.kit.lab import demo
from migration_guide.kit.lab.checker import check_writes, stock_off_by
from migration_guide.kit.lab.load import Load
from migration_guide.kit.lab.open_loop import Request
from migration_guide.kit.lab.pooler import PgBouncer, find_pgbouncer
from migration_guide.kit.lab.server import Server
from migration_guide.kit.lab.service import Service
from migration_guide.kit.lab.stacks import Stack
from migration_guide.kit.lab.target import ALL_PRODUCTS, stall
from migration_guide.kit.lab.waiting import wait_until

from .conftest import Serve

needs_pgbouncer = pytest.mark.skipif(
    find_pgbouncer() is None, reason="there is no program pgbouncer on this machine"
)

SERVER_CONNECTIONS = 4
ROLE_LIMIT = SERVER_CONNECTIONS + 2
"""The server counts a session for a moment longer than the pooler that has closed it."""
BURST = 60
PATIENCE_S = 60.0

# What is to be seen is who gets a connection, not how quick this machine is.
PATIENT: Mapping[str, Any] = {"command_timeout": 30, "pool_timeout": 30, "ping_timeout": 30}
POOLED: Mapping[str, Any] = {**PATIENT, "transaction_pooler": True}


@dataclass(frozen=True)
class Role:
    """An ordinary role, whose connections the server limits."""

    name: str
    url: str


@pytest.fixture
async def role(server: Server, database: str) -> AsyncIterator[Role]:
    if server.not_own:
        pytest.skip(server.not_own)
    name, password = f"desk_{secrets.token_hex(4)}", secrets.token_hex(16)
    async with server.connect(database) as administrator:
        await administrator.execute(
            f"CREATE ROLE {name} LOGIN PASSWORD '{password}' CONNECTION LIMIT {ROLE_LIMIT};"
            f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {name};"
            f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {name}"
        )
        url = make_url(server.url(database)).set(username=name, password=password)
        try:
            yield Role(name, url.render_as_string(hide_password=False))
        finally:
            await administrator.execute(
                f"ALTER ROLE {name} NOLOGIN; DROP OWNED BY {name}; DROP ROLE {name}"
            )


@contextlib.asynccontextmanager
async def most_sessions(server: Server, role: Role) -> AsyncIterator[list[int]]:
    """While the block runs, how many sessions the role has, again and again."""
    counts: list[int] = []

    async def watch() -> None:
        async with server.connect() as connection:
            while True:
                counts.append(
                    await connection.fetchval(
                        "SELECT count(*) FROM pg_stat_activity WHERE usename = $1", role.name
                    )
                )
                await asyncio.sleep(0.01)

    watching = asyncio.create_task(watch())
    try:
        yield counts
    finally:
        watching.cancel()
        await asyncio.wait({watching})


async def export(service: Service) -> list[str]:
    """The references of the orders that it holds."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(service.url, cookie_jar=jar) as client:
        credentials = {"email": demo.EMAIL, "password": demo.PASSWORD}
        async with client.post("/session", json=credentials) as response:
            response.raise_for_status()
        async with client.get("/orders/export") as response:
            response.raise_for_status()
            return [json.loads(line)["reference"] async for line in response.content]


async def strike(*loads: Load) -> list[Request]:
    """A burst on each at the same time; what became of the requests."""
    for load in loads:
        load.burst(BURST)
    for load in loads:
        await load.drain()
    return [request for load in loads for request in load.requests]


@contextlib.asynccontextmanager
async def two_services(
    serve: Serve, url: str, options: Mapping[str, Any]
) -> AsyncIterator[tuple[Service, Service, Load, Load]]:
    """Of two workers each, with a pool of 15: they may open 60 connections."""
    async with (
        serve(url=url, workers=2, options=options, DATABASE_DEADLINE_S="0") as one,
        serve(url=url, workers=2, options=options, DATABASE_DEADLINE_S="0") as two,
        Load(one.url, rate=1, deadline_s=PATIENCE_S, seed=1) as first,
        Load(two.url, rate=1, deadline_s=PATIENCE_S, seed=2) as second,
    ):
        yield one, two, first, second


async def assert_orders_are_whole(server: Server, database: str, *loads: Load) -> None:
    async with server.connect(database) as connection:
        for load in loads:
            writes = await check_writes(connection, load.orders, load.acknowledged)
            assert (writes.lost, writes.doubled, writes.half) == (0, 0, 0)
        assert await stock_off_by(connection) == 0


@needs_pgbouncer
async def test_services_share_the_poolers_few_connections(
    serve: Serve, server: Server, database: str, role: Role
) -> None:
    async with (
        PgBouncer(role.url, pool_size=SERVER_CONNECTIONS) as pooler,
        two_services(serve, pooler.url(), POOLED) as (one, two, first, second),
        most_sessions(server, role) as counts,
    ):
        await first.log_in()
        await second.log_in()
        requests = await strike(first, second)
        exported = await export(two)
        assert [request for request in requests if request.outcome != "ok"] == []
        for load in (first, second):
            assert load.acknowledged.keys() == load.orders.keys()
        assert len(requests) == 2 * BURST
        assert set(exported) == first.orders.keys() | second.orders.keys()
        # The check at the start knows the server's limit, and not that there is a pooler.
        told = f"may open 30, but the database has room for {ROLE_LIMIT}"
        await wait_until(lambda: one.log().count(told) >= 2, deadline_s=10, what="the warnings")
    assert max(counts) == SERVER_CONNECTIONS
    await assert_orders_are_whole(server, database, first, second)


async def test_without_a_pooler_they_ask_for_more_than_there_are(
    serve: Serve, server: Server, database: str, role: Role
) -> None:
    """The control: SQLSTATE 53300, which is a 503."""
    async with two_services(serve, role.url, PATIENT) as (_, _, first, second):
        await first.log_in()
        await second.log_in()
        requests = await strike(first, second)
    failed = {request.cause for request in requests if request.outcome != "ok"}
    assert failed == {"503 The database is unavailable. Try again."}
    await assert_orders_are_whole(server, database, first, second)


@needs_pgbouncer
async def test_without_the_option_statements_fail(serve: Serve, role: Role) -> None:
    """The control: through the same pooler."""
    async with (
        PgBouncer(role.url, pool_size=SERVER_CONNECTIONS) as pooler,
        two_services(serve, pooler.url(), PATIENT) as (one, _, first, second),
    ):
        for load in (first, second):
            with contextlib.suppress(aiohttp.ClientResponseError):
                await load.log_in()
            load.burst(BURST)
            await load.drain()
        log = one.log()
    assert any(request.status == 500 for request in first.requests + second.requests)
    assert re.search(r"prepared statement \S+ (does not exist|already exists)", log)


@pytest.mark.parametrize(("stack", "peak"), [("flask", 16), ("quart", 20)])
async def test_the_peak_of_connections(
    serve: Serve, server: Server, database: str, stack: Stack, peak: int
) -> None:
    """Of one worker with a pool of 20: on Flask its 16 threads' number, on Quart the pool's."""
    profile = "hardened" if stack == "quart" else "same-settings"
    patience = PATIENT if stack == "quart" else {}
    options = {**patience, "pool_size": 20, "max_overflow": 0}
    async with (
        serve(profile, stack=stack, options=options, DATABASE_DEADLINE_S="0") as service,
        aiohttp.ClientSession(service.url, connector=aiohttp.TCPConnector(limit=0)) as client,
    ):

        async def get() -> int:
            async with client.get("/products/1") as response:
                return response.status

        async with stall(server, database, ALL_PRODUCTS) as waiting:
            requests = [asyncio.create_task(get()) for _ in range(40)]

            async def used_up() -> bool:
                return len(await waiting()) == peak

            await wait_until(used_up, deadline_s=20, what="the peak")
        assert set(await asyncio.gather(*requests)) == {200}
        async with server.connect() as connection:  # the pool has kept all that it ever opened
            assert peak == await connection.fetchval(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE application_name = $1 AND backend_type = 'client backend'",
                database,
            )

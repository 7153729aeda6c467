"""The file for Locust, run by Locust, in processes of its own: it patches the one it runs in."""

import importlib.util
import json
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest

import migration_guide
from migration_guide.kit.lab import demo
from migration_guide.kit.lab.checker import stock_off_by
from migration_guide.kit.lab.ports import fixed_ports
from migration_guide.kit.lab.server import Server
from migration_guide.kit.lab.service import Service
from migration_guide.kit.lab.stacks import SETTINGS, STACKS, Stack
from migration_guide.kit.lab.target import ALL_PRODUCTS, stall
from migration_guide.kit.lab.waiting import wait_until

from .conftest import Finished, Running, Start

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(
        importlib.util.find_spec("locust") is None,
        reason="Locust is not installed: the extra `load`",
    ),
]

FILE = str(Path(migration_guide.__file__).with_name("locustfile.py"))
LOCUST = (sys.executable, "-m", "locust", "-f", FILE)
DEADLINE_S = 60.0
ASKED_AGAIN = " (503, asked again)"
REQUESTS = {
    *("POST /session", "GET /products", "GET /products/{product_id}"),
    *("POST /orders", "GET /orders", "GET /reports/sales"),
}


@pytest.fixture
async def database(server: Server, empty_database: str) -> str:
    await demo.set_up(server.url(empty_database))
    return empty_database


async def load(start: Start, host: str, *more: str, **environment: str) -> Running:
    return await start(
        *("--headless", "--host", host, "--users", "8", "--spawn-rate", "8", "--json"),
        *("--only-summary", "--stop-timeout", "20", *more),
        command=LOCUST,
        **environment,
    )


Counted = Mapping[str, Mapping[str, Any]]


def figures(done: Finished) -> Counted:
    """What Locust has counted, by method and name."""
    return {f"{one['method']} {one['name']}": one for one in json.loads(done.out)}


def total(counted: Counted, what: str) -> int:
    return sum(one[what] for one in counted.values())


async def until_answered(service: Service, requests: set[str]) -> None:
    """Wait until the service has answered each of these at least once."""
    wanted = [
        f'http_requests_total{{method="{method}",route="{route}",status="2'
        for method, route in map(str.split, requests)
    ]
    async with aiohttp.ClientSession(service.url) as client:

        async def answered() -> bool:
            async with client.get("/metrics") as response:
                told = await response.text()
            return all(start in told for start in wanted)

        await wait_until(answered, deadline_s=DEADLINE_S, every_s=0.2, what="all requests")


@pytest.mark.parametrize("stack", STACKS)
async def test_it_loads_either_stack_and_nothing_fails(
    start: Start, server: Server, database: str, tmp_path: Path, stack: Stack
) -> None:
    async with Service(stack, server.url(database), folder=tmp_path) as service:
        running = await load(start, service.url)
        await until_answered(service, REQUESTS)
        running.process.terminate()
        done = await running.finish()
    assert done.code == 0, done.err
    counted = figures(done)
    assert {name.replace(ASKED_AGAIN, "") for name in counted} == REQUESTS
    assert total(counted, "num_failures") == 0
    async with server.connect(database) as connection:
        placed = await connection.fetchval("SELECT count(*) FROM orders")
        assert placed == counted["POST /orders"]["num_requests"] > 0
        assert await stock_off_by(connection) == 0


async def test_shed_requests_have_a_name_of_their_own(
    start: Start, server: Server, database: str, tmp_path: Path
) -> None:
    narrow = {"pool_size": 1, "max_overflow": 0, "pool_timeout": 30, "command_timeout": 30}
    async with Service(
        "quart",
        server.url(database),
        engine_options={**SETTINGS["quart", "hardened"].engine_options, **narrow},
        folder=tmp_path,
        environment={"POOL_WAIT_LIMIT": "1"},
    ) as service:
        running = await load(start, service.url)
        await until_answered(service, {"POST /session", "GET /products"})
        async with stall(server, database, ALL_PRODUCTS):
            await until_shed(service)
        running.process.terminate()
        done = await running.finish()
    shed = {name: one for name, one in figures(done).items() if name.endswith(ASKED_AGAIN)}
    assert total(shed, "num_requests") > 0
    assert total(shed, "num_failures") == 0


async def until_shed(service: Service) -> None:
    async with aiohttp.ClientSession(service.url) as client:

        async def refused() -> bool:
            async with client.get("/metrics") as response:
                return "http_requests_shed_total 0.0" not in await response.text()

        await wait_until(refused, deadline_s=DEADLINE_S, what="a request to be refused")


@pytest.mark.parametrize("wrong", ["password", "host", "database"])
async def test_a_run_that_fails_says_so(
    start: Start, server: Server, database: str, tmp_path: Path, wrong: str
) -> None:
    """The control: what fails is counted, and the exit code tells."""
    url = server.url(database, via=("127.0.0.1", 1) if wrong == "database" else None)
    password = "none" if wrong == "password" else demo.PASSWORD
    # Without a database, the fifth 503 is a failure: after up to 8 s.
    run_time = "15s" if wrong == "database" else "3s"
    async with Service("quart", url, folder=tmp_path) as service:
        if wrong == "host":
            await service.stop()
        running = await load(start, service.url, "--run-time", run_time, PORT_KIT_PASSWORD=password)
        done = await running.finish(DEADLINE_S)
    assert done.code == 1
    counted = figures(done)
    failed, again = counted["POST /session"]["num_failures"], f"POST /session{ASKED_AGAIN}"
    assert failed > 0
    if wrong == "database":
        assert counted[again]["num_requests"] >= 4 * failed
    else:
        assert again not in counted


async def test_one_machine_leads_and_others_load(
    start: Start, server: Server, database: str, tmp_path: Path
) -> None:
    port = str(secrets.choice(fixed_ports()))
    async with Service("quart", server.url(database), folder=tmp_path) as service:
        leader = await load(
            *(start, service.url, "--master", "--expect-workers", "2", "--run-time", "5s"),
            *("--master-bind-host", "127.0.0.1", "--master-bind-port", port),
        )
        workers = [
            await start(
                *("--worker", "--master-host", "127.0.0.1", "--master-port", port), command=LOCUST
            )
            for _ in range(2)
        ]
        done = await leader.finish(DEADLINE_S)
        ended = [await worker.finish(DEADLINE_S) for worker in workers]
    assert done.code == 0, done.err
    assert [one.code for one in ended] == [0, 0]
    counted = figures(done)
    assert counted["POST /session"]["num_requests"] > 0
    assert total(counted, "num_failures") == 0

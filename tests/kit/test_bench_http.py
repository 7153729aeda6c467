"""``port-kit bench --http``: what is asked, counted and told."""

import asyncio
import json
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import pytest
from aiohttp import web
from jsonschema import Draft202012Validator

from migration_guide.kit.bench.http.plan import (
    ALL,
    BURST,
    CROWD,
    FLASK,
    HARDENED,
    SETTINGS_MEASURED,
    STEADY,
)
from migration_guide.kit.bench.http.results import HttpResults
from migration_guide.kit.bench.http.services import ON_UVICORN
from migration_guide.kit.lab.generator.closed_loop import Clients
from migration_guide.kit.lab.generator.order import Order
from migration_guide.kit.lab.measuring import GENERATOR, Measuring, MeasuringError
from migration_guide.kit.report.http import HttpReport

from .conftest import Finished, Start, alive

pytestmark = pytest.mark.once

SCHEMA = json.loads(
    files("migration_guide.kit.report").joinpath("bench-http.schema.json").read_text()
)


def check(document: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    Draft202012Validator(SCHEMA).validate(document)


@dataclass(frozen=True)
class Quick:
    finished: Finished
    document: dict[str, Any]


@pytest.fixture(scope="module")
async def quick(start: Start) -> Quick:
    running = await start("bench", "--http", "--quick", "--json", "-")
    finished = await running.finish(deadline_s=110)
    assert finished.code == 0, finished.err
    assert running.left() == []
    return Quick(finished, json.loads(finished.out))


def test_the_figures_are_what_the_schema_says(quick: Quick) -> None:
    check(quick.document)
    assert quick.document["run"]["interrupted"] is False
    measured = {
        (one["delay_ms"], one["pool"], one["scenario"], one["service"])
        for one in quick.document["results"]
    }
    assert measured == {
        (setting.delay_ms, setting.pool, scenario.name, served.name)
        for setting in SETTINGS_MEASURED
        for scenario in setting.scenarios
        for served in scenario.services
    }
    assert [one for one in quick.document["results"] if not one["ok"]] == []
    assert [one["causes"] for one in quick.document["samples"] if one["causes"]] == []


def test_both_stacks_and_all_servers_are_set_side_by_side(quick: Quick) -> None:
    assert {one["service"] for one in quick.document["memory"]} == {one.name for one in ALL}
    names = [ratio["name"] for ratio in quick.document["ratios"]]
    assert len(names) == len(set(names)) == 8
    said = quick.finished.err
    assert "GET /products/<id>: 32 clients, 10 ms from the database, pool of 5" in said
    assert "1,000 waiting clients add" in said
    assert "A quick run shows that it works; its figures say nothing." in said


async def test_an_interrupted_run_leaves_only_what_it_measured(start: Start) -> None:
    running = await start("bench", "--http", "--json", "-")
    await running.until_runs(ON_UVICORN[-1], deadline_s=100)
    processes = running.descendants()
    running.process.send_signal(signal.SIGINT)
    finished = await running.finish()
    assert finished.code == 130
    assert "Traceback" not in finished.err
    assert alive(processes) == []
    assert running.left() == []
    document = json.loads(finished.out)
    check(document)
    assert document["run"]["interrupted"] is True
    assert "Interrupted" in finished.err


async def test_a_wrong_option_is_explained(start: Start) -> None:
    finished = await (await start("bench", "--http", "--loop", "uvloop")).finish()
    assert finished.code == 2
    assert "--loop goes without --http" in finished.err


@dataclass
class Fake:
    """A service whose answers are given; each status that stands there, once, then 200."""

    statuses: list[int]
    retry_after: str | None = "0"
    asked: int = 0

    async def answer(self, _: web.Request) -> web.Response:
        self.asked += 1
        status = self.statuses.pop(0) if self.statuses else 200
        headers = {"Retry-After": self.retry_after} if self.retry_after and status >= 500 else {}
        return web.Response(status=status, headers=headers)


@asynccontextmanager
async def serving(fake: Fake) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/{path:.*}", fake.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def burst(url: str, clients: int, deadline_s: float = 5) -> dict[str, Any]:
    order = Order(
        url, "product", clients, warm_up_s=0, seconds=0, burst=True, deadline_s=deadline_s
    )
    return await Clients(order).run()


async def test_who_is_refused_comes_back_and_is_counted() -> None:
    fake = Fake([200, 200, 503, 503])  # the first two are for the connections
    async with serving(fake) as url:
        figures = await burst(url, 2)
    assert (figures["ok"], figures["shed"], figures["failed"], figures["hung"]) == (2, 2, 0, 0)
    assert fake.asked == 6
    assert figures["p99_with_retries_ms"] > figures["p99_ms"]


@pytest.mark.parametrize(("status", "retry_after"), [(500, "0"), (503, None), (404, None)])
async def test_any_other_answer_is_a_failure(status: int, retry_after: str | None) -> None:
    async with serving(Fake([200, status], retry_after)) as url:
        figures = await burst(url, 1)
    assert (figures["ok"], figures["shed"]) == (0, 0)
    assert figures["causes"] == {str(status): 1}


async def test_a_service_that_is_not_there_is_told() -> None:
    order = Order("http://127.0.0.1:9", "report", 1, warm_up_s=0, seconds=0)
    async with Measuring(GENERATOR) as load:
        with pytest.raises(MeasuringError, match=r"^Cannot log in: "):
            _ = [message async for message in load.messages(order, last="sample")]


def sample(per_second: float, p99_ms: float = 100.0, **others: Any) -> dict[str, Any]:
    figures = {
        "ok": 10,
        "shed": 0,
        "failed": 0,
        "hung": 0,
        "causes": {},
        "seconds": 1.0,
        "per_second": per_second,
        "median_ms": 1.0,
        "p99_ms": p99_ms,
        "p99_with_retries_ms": p99_ms,
        "load_busy": 0.2,
        "proxy_busy": 0.0,
        "processor_s": 0.01,
        "memory_before_mb": 80.0,
        "memory_peak_mb": 90.0,
    }
    return figures | others


def test_a_ratio_compares_within_a_round(capsys: pytest.CaptureFixture[str]) -> None:
    """A machine that is half as fast in one round changes nothing."""
    results = HttpResults(run={"rounds": 2, "quick": False, "machine": {"cpus": 2}})
    setting = SETTINGS_MEASURED[0]
    for turn, pace in enumerate((1.0, 0.5)):
        results.add(setting, CROWD, FLASK, turn, sample(100 * pace, 900 / pace))
        results.add(setting, CROWD, HARDENED, turn, sample(200 * pace, 300 / pace, shed=30))
        results.add(setting, STEADY, HARDENED, turn, sample(250 * pace, load_busy=0.95))
        results.add(setting, BURST, HARDENED, turn, sample(200 * pace))
    document = results.document()
    ratios = {one["name"]: (one["least"], one["most"]) for one in document["ratios"]}
    assert ratios == {"crowd": (2.0, 2.0), "crowd_p99": (0.33, 0.33), "burst": (0.8, 0.8)}
    shares = Counter({(one["scenario"], one["shed_share"]) for one in document["results"]})
    assert ("crowd", 0.75) in shares
    HttpReport().show(document)
    shown = " ".join(capsys.readouterr().out.split())
    assert "gives x 2.00 (2.00 to 2.00) of Flask's answers" in shown
    assert "The load process itself was the limit of: quart, hardened (steady)." in shown


async def test_a_client_without_an_answer_hangs() -> None:
    async def answer_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await reader.read()  # until the client leaves
        writer.close()

    server = await asyncio.start_server(answer_once, "127.0.0.1", 0)
    async with server:
        host, port = server.sockets[0].getsockname()
        figures = await burst(f"http://{host}:{port}", 1, deadline_s=0.2)
    assert (figures["ok"], figures["failed"], figures["hung"]) == (0, 0, 1)

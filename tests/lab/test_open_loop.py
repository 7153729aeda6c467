"""The open loop keeps its schedule, and counts from when a request was due."""

import asyncio
import json
import time
from collections import Counter
from typing import Any

import pytest
from aiohttp import web

from async_app.operations import overload
from migration_guide.kit.lab.generator.closed_loop import Clients
from migration_guide.kit.lab.generator.open_loop import REFUSED, OpenLoop
from migration_guide.kit.lab.generator.order import Kind, Order
from migration_guide.kit.lab.load import MIX
from migration_guide.kit.lab.load_results import BIN_EDGES_MS, BINS, bin_of

from .test_load import Handler, break_off, hang, say_nonsense, serving, succeed

RATE = 100.0
STALL_S = 1.0
SLOW_S = 0.5


def order(url: str, kind: Kind = "live", **others: Any) -> Order:
    given: dict[str, Any] = {"clients": 10, "warm_up_s": 0, "seconds": 1.5, "rate": RATE}
    return Order(url, kind, **{"deadline_s": 5, **given, **others})


def slow(loop: OpenLoop) -> int:
    return sum(one.latency_s > SLOW_S for one in loop._asked)


class Stalling:
    """A service that stands still once, for so long, from the tenth request on."""

    def __init__(self) -> None:
        self.arrivals: list[float] = []
        self._well_again: asyncio.Task[None] | None = None

    async def answer(self, _: web.Request) -> web.StreamResponse:
        self.arrivals.append(time.perf_counter())
        if len(self.arrivals) == 10:
            self._well_again = asyncio.create_task(asyncio.sleep(STALL_S))
        if self._well_again is not None:
            await asyncio.shield(self._well_again)
        return web.json_response({})


async def test_a_stall_is_seen_by_each_request_that_falls_due_in_it() -> None:
    service = Stalling()
    async with serving(service.answer) as url:
        loop = OpenLoop(order(url))
        figures = await loop.run()
    assert figures["ok"] == len(service.arrivals) == RATE * 1.5
    # Of those that are due in the stall, all but the last wait for longer than this.
    assert slow(loop) >= RATE * (STALL_S - SLOW_S) / 2
    tenth, fortieth = service.arrivals[9], service.arrivals[39]
    assert fortieth - tenth < STALL_S, "they were sent, though nothing was answered"


async def test_a_closed_loop_sees_one_slow_request() -> None:
    """The control: its only client waits meanwhile."""
    service = Stalling()
    async with serving(service.answer) as url:
        clients = Clients(order(url, clients=1, rate=None))
        await clients.run()
    assert len(clients._tally.latencies) > 10
    assert sum(latency > SLOW_S for latency in clients._tally.latencies) == 1


async def test_what_the_generator_itself_sends_late_counts_from_when_it_was_due() -> None:
    asked = 0

    async def block_once(_: web.Request) -> web.StreamResponse:
        nonlocal asked
        asked += 1
        if asked == 10:
            time.sleep(STALL_S)  # noqa: ASYNC251 -- of the loop that the generator shares here
        return web.json_response({})

    async with serving(block_once) as url:
        loop = OpenLoop(order(url))
        figures = await loop.run()
    assert figures["lateness_max_ms"] > SLOW_S * 1000
    assert all(one.latency_s >= one.late_s for one in loop._asked)
    assert slow(loop) >= RATE * (STALL_S - SLOW_S) / 2


async def refuse(_: web.Request) -> web.StreamResponse:
    body = {"detail": overload.DETAIL}
    return web.json_response(body, status=503, headers={"Retry-After": "1"})


async def be_away(_: web.Request) -> web.StreamResponse:
    """It bears Retry-After too."""
    body = {"detail": "The database is unavailable. Try again."}
    return web.json_response(body, status=503, headers={"Retry-After": "1"})


async def break_down(_: web.Request) -> web.StreamResponse:
    return web.Response(text="<html>", status=500)


async def miss(_: web.Request) -> web.StreamResponse:
    return web.json_response(["not", "a", "problem"], status=404)


@pytest.mark.parametrize(
    ("handler", "outcome", "cause"),
    [
        (succeed, "ok", None),
        (refuse, "shed", None),
        (be_away, "failed", "503 The database is unavailable. Try again."),
        (break_down, "failed", "500"),
        (miss, "failed", "404"),
        (break_off, "failed", "ServerDisconnectedError"),
        (hang, "hung", None),
    ],
)
async def test_each_outcome_is_told_apart(handler: Handler, outcome: str, cause: str) -> None:
    async with serving(handler) as url:
        figures = await OpenLoop(order(url, seconds=0.3, deadline_s=0.3)).run()
    counts = {name: figures[name] for name in ("ok", "shed", "failed", "hung")}
    assert counts == {**dict.fromkeys(counts, 0), outcome: 30}
    assert figures["causes"] == ({cause: 30} if cause else {})
    assert sum(figures["histogram"]) == figures["ok"]
    assert (figures["p50_ms"] is None) == (outcome != "ok")
    assert figures["offered_per_second"] == RATE


async def test_an_order_whose_acknowledgement_is_nonsense_has_failed() -> None:
    async def acknowledge(request: web.Request) -> web.StreamResponse:
        return await (succeed if request.path == "/session" else say_nonsense)(request)

    async with serving(acknowledge) as url:
        figures = await OpenLoop(order(url, "mixed", seconds=0.3)).run()
    assert (figures["ok"], figures["failed"]) == (20, 10)


def test_the_service_refuses_in_the_words_that_are_looked_for() -> None:
    assert overload.DETAIL.startswith(REFUSED)


async def test_who_is_refused_does_not_come_back() -> None:
    asked = 0

    async def refuse_and_count(request: web.Request) -> web.StreamResponse:
        nonlocal asked
        asked += 1
        return await refuse(request)

    async with serving(refuse_and_count) as url:
        figures = await OpenLoop(order(url, seconds=0.3)).run()
    assert figures["shed"] == asked == 30


async def test_what_the_warm_up_asks_does_not_count() -> None:
    async with serving(succeed) as url:
        loop = OpenLoop(order(url, warm_up_s=0.5, seconds=0.5))
        figures = await loop.run()
    assert len(loop._asked) == 100
    assert figures["ok"] == 50


async def test_the_mix_has_two_orders_in_six_each_with_a_key_of_its_own() -> None:
    calls: list[tuple[str, str]] = []
    keys: Counter[str] = Counter()

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path == "/session":
            response = web.json_response({})
            response.set_cookie("session", "s")
            return response
        assert request.cookies["session"] == "s"
        calls.append((request.method, request.path))
        if request.method != "POST":
            return web.json_response({})
        keys[request.headers["Idempotency-Key"]] += 1
        body = await request.json()
        assert body["reference"] == request.headers["Idempotency-Key"]
        assert body["lines"]
        return web.json_response({"id": 7}, status=201)

    async with serving(answer) as url:
        figures = await OpenLoop(order(url, "mixed", seconds=0.6)).run()
    assert figures["ok"] == len(calls) == 60
    assert calls.count(("POST", "/orders")) == len(keys) == 60 * 2 / len(MIX)
    assert set(keys.values()) == {1}
    assert ("GET", "/orders/7") in calls
    assert sum(path == "/products" for _, path in calls) == 60 / len(MIX)


async def test_the_same_seed_asks_the_same() -> None:
    def bodies(seed: int) -> list[Any]:
        customer = OpenLoop(order("http://x", "mixed", seed=seed))._customer
        calls = [customer.next() for _ in range(12)]
        return [call.body["lines"] if call.body else call.path for call in calls]

    assert bodies(1) == bodies(1)
    assert bodies(1) != bodies(2)


async def test_a_timeline_has_every_request_in_the_slice_in_which_it_was_due() -> None:
    asked = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal asked
        asked += 1
        return await (succeed if asked <= 50 else be_away)(request)

    async with serving(answer) as url:
        figures = await OpenLoop(order(url, seconds=1, slice_s=0.25)).run()
    timeline = figures["timeline"]
    assert [one["at_s"] for one in timeline] == [0, 0.25, 0.5, 0.75]
    assert [one["ok"] + one["failed"] for one in timeline] == [25, 25, 25, 25]
    assert (timeline[0]["ok"], timeline[3]["failed"]) == (25, 25)
    assert sum(one["ok"] for one in timeline) == figures["ok"] == 50
    assert all(one["worst_ms"] > 0 for one in timeline)
    json.dumps(figures)


async def test_without_an_answer_there_is_no_worst_one() -> None:
    async with serving(hang) as url:
        figures = await OpenLoop(order(url, seconds=0.3, deadline_s=0.3, slice_s=0.25)).run()
    (only,) = figures["timeline"]
    assert (only["hung"], only["worst_ms"]) == (30, None)


@pytest.mark.parametrize(
    ("latency_ms", "number"),
    [(0.2, 0), (1, 0), (1.2, 0), (1.3, 1), (10, 10), (999, 29), (1000, 30), (60_000, BINS - 1)],
)
def test_a_histogram_has_ten_bins_a_decade(latency_ms: float, number: int) -> None:
    assert bin_of(latency_ms) == number
    if 1 <= latency_ms < 10_000:
        assert BIN_EDGES_MS[number] <= latency_ms < BIN_EDGES_MS[number + 1]

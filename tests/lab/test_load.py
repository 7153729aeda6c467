"""The load keeps its schedule, and tells failed from hung."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from migration_guide.kit.lab.figures import recovery
from migration_guide.kit.lab.load import Load
from migration_guide.kit.lab.open_loop import Request
from migration_guide.kit.lab.waiting import wait_until

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def succeed(request: web.Request) -> web.StreamResponse:
    status = 201 if request.method == "POST" else 200
    return web.json_response({"id": 1}, status=status)


async def fail(_: web.Request) -> web.StreamResponse:
    return web.json_response({"detail": "away"}, status=503)


async def fail_without_a_word(_: web.Request) -> web.StreamResponse:
    return web.Response(status=500)  # as a server does whose application has failed


async def break_off(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def hang(_: web.Request) -> web.StreamResponse:
    await asyncio.Event().wait()
    return web.Response()


async def say_nonsense(_: web.Request) -> web.StreamResponse:
    return web.Response(text="<html>")


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    """Any path, answered by *handler*; the URL."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def load_on(handler: Handler, deadline_s: float = 5) -> AsyncIterator[Load]:
    async with serving(handler) as url, Load(url, 100, deadline_s, seed=1) as load:
        yield load


@pytest.mark.parametrize(
    ("handler", "outcome", "cause"),
    [
        (succeed, "ok", ""),
        (fail, "failed", "503 away"),
        (fail_without_a_word, "failed", "500"),
        (break_off, "failed", "ServerDisconnectedError"),
        (say_nonsense, "failed", "JSONDecodeError"),
        (hang, "hung", ""),
    ],
)
async def test_each_outcome_is_told_apart(handler: Handler, outcome: str, cause: str) -> None:
    async with load_on(handler, deadline_s=0.5) as load:
        async with load.sending():
            await wait_until(lambda: len(load.requests) >= 12, deadline_s=5, what="requests")
        await load.drain()
    assert {request.outcome for request in load.requests} == {outcome}
    assert {request.cause for request in load.requests} == {cause}
    assert all(request.latency_s is not None for request in load.requests)


async def test_requests_go_out_on_schedule_though_none_is_answered() -> None:
    async with load_on(hang) as load:
        async with load.sending():
            await wait_until(lambda: len(load.requests) >= 50, deadline_s=5, what="requests")
        assert all(request.outcome is None for request in load.requests)


async def test_the_same_seed_orders_the_same() -> None:
    def lines(load: Load) -> list[object]:
        return [load.new_order()["lines"] for _ in range(5)]

    first, second, other = (Load("http://x", 1, 1, seed) for seed in (1, 1, 2))
    wanted = lines(first)
    assert lines(second) == wanted
    assert lines(other) != wanted


async def test_an_order_is_repeated_under_its_key_until_its_outcome_is_known() -> None:
    """As the service tells it to, and as long as there is no answer to go by."""
    keys: list[str] = []
    arrivals: list[float] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.method != "POST":
            return await succeed(request)
        keys.append(request.headers["Idempotency-Key"])
        arrivals.append(time.monotonic())
        if keys.count(keys[-1]) == 1:
            return web.json_response({}, status=503, headers={"Retry-After": "0.3"})
        if keys.count(keys[-1]) == 2:
            return await break_off(request)
        return await succeed(request)

    async with load_on(answer) as load:
        async with load.sending():
            await wait_until(lambda: bool(load.orders), deadline_s=5, what="an order")
        await load.drain()
        await load.settle(deadline_s=10)
        assert load.acknowledged.keys() == load.orders.keys()
        reference = next(iter(load.orders))
        attempts = [r for r in load.history if r.order and r.order["reference"] == reference]
        assert [request.attempt for request in attempts] == [1, 2, 3]
        assert [request.outcome for request in attempts] == ["failed", "failed", "ok"]
        assert keys.count(reference) == 3
        times = [at for at, key in zip(arrivals, keys, strict=True) if key == reference]
        assert times[1] - times[0] >= 0.3, "not before Retry-After"
        assert sum(r.order == attempts[0].order for r in load.requests) == 1, "counted once"


@pytest.mark.parametrize("status", [409, 422])
async def test_an_order_that_is_refused_for_good_is_not_repeated(status: int) -> None:
    async def refuse(_: web.Request) -> web.StreamResponse:
        return web.json_response({"detail": "no"}, status=status)

    async with load_on(refuse) as load:
        async with load.sending():
            await wait_until(lambda: len(load.orders) >= 2, deadline_s=5, what="orders")
        await load.drain()
        await load.settle(deadline_s=10)
        assert {request.attempt for request in load.history} == {1}
        assert load.acknowledged == {}


async def test_what_is_never_answered_is_given_up_at_the_deadline() -> None:
    async with load_on(fail) as load:
        async with load.sending():
            await wait_until(lambda: bool(load.orders), deadline_s=5, what="an order")
        await load.drain()
        await load.settle(deadline_s=0.5)
        assert load.acknowledged == {}
        sent = len(load.history)
    assert len(load.history) == sent


async def test_a_burst_is_sent_beside_the_schedule() -> None:
    async with load_on(succeed) as load:
        load.burst(30)
        await load.drain()
        assert len(load.requests) == 30


def requests(*outcomes: str) -> list[Request]:
    """One a second, each answered after half a second; the first at 0."""
    return [
        Request("list-products", start, end=start + 0.5, outcome=outcome)  # type: ignore[arg-type]
        for start, outcome in enumerate(outcomes)
    ]


@pytest.mark.parametrize(
    ("outcomes", "over", "recovery_s"),
    [
        (("ok", "ok"), 0, 0.5),
        (("failed", "ok", "ok"), 0, 1.5),
        (("ok", "failed", "ok"), 0, 2.5),
        (("ok", "hung"), 0, None),
        (("hung", "hung", "ok"), 2, 0.5),
        (("ok", "ok", "ok"), 2, 0.5),
        (("ok",), 1, None),
        ((), 0, None),
    ],
)
def test_recovery_ends_with_the_first_answer_after_which_all_succeed(
    outcomes: tuple[str, ...], over: float, recovery_s: float | None
) -> None:
    assert recovery(requests(*outcomes), over) == recovery_s

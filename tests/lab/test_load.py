"""The load keeps its schedule, and tells failed from hung."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from migration_guide.kit.lab.cell import _recovery
from migration_guide.kit.lab.load import Load, Request
from migration_guide.kit.lab.waiting import wait_until

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def succeed(request: web.Request) -> web.StreamResponse:
    status = 201 if request.method == "POST" else 200
    return web.json_response({"id": 1}, status=status)


async def fail(_: web.Request) -> web.StreamResponse:
    return web.json_response({"detail": "away"}, status=503)


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
async def load_on(handler: Handler, deadline_s: float = 5) -> AsyncIterator[Load]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        async with Load(f"http://127.0.0.1:{port}", 100, deadline_s, seed=1) as load:
            yield load
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("handler", "outcome", "cause"),
    [
        (succeed, "ok", ""),
        (fail, "failed", "503 away"),
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
    assert _recovery(requests(*outcomes), over) == recovery_s

"""The same on uvloop, whose transports and sockets are its own."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.async_app.resilience import test_connect, test_ending, test_liveness, test_waiting
from tests.async_app.resilience.work import Bench

uvloop = pytest.importorskip("uvloop", reason="uvloop is not for this platform")

SCENARIOS: tuple[Callable[[Bench], Awaitable[None]], ...] = (
    test_liveness.test_a_black_hole_costs_one_ping_timeout_for_all_stale_connections,
    test_liveness.test_a_closed_connection_is_replaced_without_asking_and_alone,
    test_liveness.test_the_loss_of_one_in_use_has_its_siblings_asked,
    test_liveness.test_a_ping_that_is_cancelled_leaks_no_slot,
    test_liveness.test_a_server_that_is_away_is_an_operational_error,
    test_ending.test_recycling_across_a_silent_drop_costs_no_wait,
    test_ending.test_a_statement_past_its_deadline_is_an_operational_error,
    test_ending.test_a_black_hole_mid_query_costs_its_deadline_and_no_more,
    test_waiting.test_a_server_that_does_not_let_in,
    test_waiting.test_ping_and_reconnect_share_the_time,
    test_connect.test_the_socket_has_the_options,
)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__[5:])
async def test_on_uvloop(scenario: Callable[[Bench], Awaitable[None]], bench: Bench) -> None:
    await asyncio.to_thread(_run, scenario, bench)


@pytest.mark.parametrize("close", ["reset_peer", "close_peer"])
async def test_closed_connections_on_uvloop(bench: Bench, close: str) -> None:
    async def scenario(bench: Bench) -> None:
        await test_liveness.test_all_closed_connections_are_replaced_unnoticed(bench, close)

    await asyncio.to_thread(_run, scenario, bench)


@pytest.mark.parametrize("moment", test_ending.MOMENTS)
async def test_a_cancellation_on_uvloop(bench: Bench, moment: str) -> None:
    async def scenario(bench: Bench) -> None:
        await test_ending.test_a_cancellation_at_any_moment_leaks_nothing(bench, moment)

    await asyncio.to_thread(_run, scenario, bench)


def _run(scenario: Callable[[Bench], Awaitable[None]], bench: Bench) -> None:
    async def main() -> None:
        assert type(asyncio.get_running_loop()).__module__.startswith("uvloop")
        await scenario(bench)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())

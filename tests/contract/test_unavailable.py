"""A database that is away: a problem that says so, and an end to it."""

from collections.abc import Iterator

import pytest

from migration_guide.kit.lab.rig import Rig
from migration_guide.kit.lab.service import listen
from migration_guide.kit.lab.waiting import wait_until

from .conftest import Both


async def recovers(both: Both) -> None:
    for rig in (both.flask, both.quart):

        async def ready(rig: Rig = rig) -> bool:
            return (await both.ask(rig, "GET", "/health/ready")).status == 200

        await wait_until(ready, deadline_s=15, what="the service to be ready again")


@pytest.fixture
def away(both: Both) -> Iterator[Both]:
    """No connection to the database, neither old nor new."""
    closed = listen("127.0.0.1", 0)  # bound, not listening: refuses
    upstreams = [(rig.way.proxy, rig.way.proxy.upstream) for rig in (both.flask, both.quart)]
    for proxy, _ in upstreams:
        proxy.upstream = closed.getsockname()
        proxy.reset_peer()
    yield both
    for proxy, upstream in upstreams:
        proxy.upstream = upstream
    closed.close()


async def test_a_database_that_refuses_is_503_with_retry_after(away: Both) -> None:
    answer = await away.request("GET", "/products/1")
    assert answer.status == 503
    assert answer.headers["Retry-After"] == "1"
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert set(answer.json) == {"title", "status", "detail"}


async def test_it_is_not_ready_but_alive(away: Both) -> None:
    assert (await away.request("GET", "/health/ready")).status == 503
    assert (await away.request("GET", "/health/live")).status == 200


async def test_it_recovers_by_itself(both: Both) -> None:
    await recovers(both)
    assert (await both.request("GET", "/products/1")).status == 200


async def test_readiness_has_a_deadline_where_the_database_is_silent(both: Both) -> None:
    for rig in (both.flask, both.quart):
        rig.way.proxy.timeout()
    try:
        for _ in range(2):  # the second while the first one's probe still waits
            assert (await both.request("GET", "/health/ready", timeout=5)).status == 503
        with pytest.raises(TimeoutError):  # the control: without a deadline it hangs
            await both.ask(both.flask, "GET", "/products/1", timeout=2)
    finally:
        for rig in (both.flask, both.quart):
            rig.way.proxy.heal()
    await recovers(both)

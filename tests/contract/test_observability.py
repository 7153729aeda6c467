"""A request can be followed by its id, and counted."""

import re
from dataclasses import dataclass

import pytest
from prometheus_client.parser import text_string_to_metric_families

from migration_guide.kit.lab.rig import Rig

from .conftest import Both

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@dataclass(frozen=True)
class Added:
    before: Samples
    after: Samples

    def of(self, name: str, **labels: str) -> float:
        key = (name, frozenset(labels.items()))
        return self.after.get(key, 0) - self.before.get(key, 0)


async def samples(both: Both, rig: Rig) -> Samples:
    answer = await both.ask(rig, "GET", "/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


@pytest.mark.parametrize("given", ["abc-123", "00-4bf92f3577b34da6a3ce929d0e0e4736-01"])
async def test_a_request_id_is_passed_on(both: Both, given: str) -> None:
    answer = await both.request("GET", "/nothing", headers={"X-Request-ID": given})
    assert answer.headers["X-Request-Id"] == given


@pytest.mark.parametrize("given", ["", 'x" "level": "forged', "é", "x" * 129])
async def test_one_that_could_forge_the_log_is_replaced(both: Both, given: str) -> None:
    answer = await both.request("GET", "/nothing", headers={"X-Request-ID": given})
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-Id"])


async def test_requests_are_counted_by_route_and_status(both: Both) -> None:
    for rig in (both.flask, both.quart):
        before = await samples(both, rig)
        for path in ("/products/1", "/products/2", "/products/999999", "/invented/1"):
            await both.ask(rig, "GET", path)
        await both.ask(rig, "BREW", "/products/1")
        after = await samples(both, rig)

        added = Added(before, after)
        product = {"method": "GET", "route": "/products/{product_id}"}
        assert added.of("http_requests_total", **product, status="200") == 2
        assert added.of("http_requests_total", **product, status="404") == 1
        assert added.of("http_request_duration_seconds_count", **product) == 3
        assert added.of("http_requests_total", method="GET", route="unmatched", status="404") == 1
        assert not any("BREW" in str(key) or "invented" in str(key) for key in after)


async def test_the_pool_can_be_watched(both: Both) -> None:
    for rig in (both.flask, both.quart):
        await both.ask(rig, "GET", "/products/1")
        found = {name: value for (name, _), value in (await samples(both, rig)).items()}
        assert found["db_pool_size"] == 5
        assert found["db_pool_checked_out"] == 0
        assert found["db_pool_overflow"] == 0

"""What the frameworks answer by themselves, and the health endpoints."""

import pytest

from .conftest import Both


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/nothing", 404),
        ("GET", "/static/x.css", 404),
        ("GET", "/products/", 404),
        ("PUT", "/products/1", 405),
        ("POST", "/products", 405),
        ("GET", "/session", 405),
        ("HEAD", "/products/1", 200),
        ("HEAD", "/nothing", 404),
        ("OPTIONS", "/orders", 200),
    ],
)
async def test_routing_answers_alike(both: Both, method: str, path: str, status: int) -> None:
    answer = await both.request(method, path)
    assert answer.status == status
    if status >= 400 and method != "HEAD":
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json["title"]


async def test_a_refused_method_names_the_allowed_ones(both: Both) -> None:
    answer = await both.request("PUT", "/products/1")
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
async def test_a_well_service_says_so(both: Both, path: str) -> None:
    assert (await both.request("GET", path)).status == 200

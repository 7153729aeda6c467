"""What the log says of a request, and what it never says; on both stacks alike."""

import json
from typing import Any

import aiohttp
import pytest

from migration_guide.kit.lab import demo
from migration_guide.kit.lab.server import Server
from migration_guide.kit.lab.stacks import Stack
from migration_guide.kit.lab.target import ALL_PRODUCTS, stall

from .conftest import Serve

COUPON = "a-secret-of-the-customer"


def records(log: str) -> list[dict[str, Any]]:
    """Each line that the service itself has written."""
    return [json.loads(line) for line in log.splitlines() if line.startswith("{")]


@pytest.mark.parametrize("stack", ["flask", "quart"])
async def test_a_request_is_told_by_its_id_and_without_secrets(
    serve: Serve, server: Server, database: str, stack: Stack
) -> None:
    async with (
        serve(
            stack=stack,
            options={"pool_timeout": 1},
            LOG_LEVEL="INFO",
            DATABASE_DEADLINE_S="1",
        ) as service,
        aiohttp.ClientSession(
            service.url,
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            headers={"X-Request-ID": "from-the-load-balancer"},
        ) as client,
    ):
        credentials = {"email": demo.EMAIL, "password": demo.PASSWORD}
        async with client.post("/session", json=credentials) as response:
            assert response.status == 200
            cookie = response.cookies["session"].value
        async with client.get(f"/products?coupon={COUPON}") as response:
            assert response.headers["X-Request-ID"] == "from-the-load-balancer"
        order = {"lines": [{"product_id": 1, "quantity": 1}], "reference": COUPON}
        async with (
            stall(server, database, ALL_PRODUCTS),  # a database error is logged too
            client.post("/orders", json=order) as response,
        ):
            assert response.status == 503
    log = service.log()
    told = [one for one in records(log) if one["logger"] == "access"]
    requests = {(one["method"], one["path"]): one for one in told}
    assert requests["POST", "/session"]["status"] == 200
    assert requests["POST", "/orders"]["status"] == 503
    assert requests["GET", "/products"]["request_id"] == "from-the-load-balancer"
    assert requests["GET", "/products"]["duration_ms"] > 0
    why = [one for one in records(log) if one["level"] == "WARNING"]
    assert why
    assert {one["request_id"] for one in why} == {"from-the-load-balancer"}
    for secret in (demo.PASSWORD, cookie, COUPON, service._secret_key, _password(server)):
        assert secret not in log


def _password(server: Server) -> str:
    password = server._url.password
    assert password
    return str(password)

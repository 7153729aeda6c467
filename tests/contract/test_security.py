"""What a browser is told, and what is refused that it sends for another site."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from async_app import app as quart_app
from async_app import config as quart_config
from migration_guide.flask_app import app as flask_app
from migration_guide.flask_app import config as flask_config
from migration_guide.kit.lab import demo

from .conftest import Both

ENVIRONMENT = {"DATABASE_URL": "postgresql://u:secret@db.example/app", "SECRET_KEY": "k"}
CREATE_APP: list[Callable[[dict[str, str]], Any]] = [
    lambda given: flask_app.create_app(flask_config.Config.from_environment(ENVIRONMENT | given)),
    lambda given: quart_app.create_app(quart_config.Config.from_environment(ENVIRONMENT | given)),
]
both_apps = pytest.mark.parametrize("create_app", CREATE_APP, ids=["flask", "quart"])


@pytest.mark.parametrize("path", ["/products/1", "/nothing", "/orders", "/health/live"])
async def test_every_answer_bears_the_security_headers(both: Both, path: str) -> None:
    headers = (await both.request("GET", path)).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["Cache-Control"] == "no-store"
    assert "Strict-Transport-Security" not in headers  # over plain HTTP it would mean nothing


@both_apps
def test_cookies_and_headers_are_for_https_unless_told_otherwise(create_app: Any) -> None:
    for given, https in (({}, True), ({"SESSION_COOKIE_SECURE": "0"}, False)):
        app = create_app(given)
        assert app.config["SESSION_COOKIE_SECURE"] is https
        assert app.config["SESSION_COOKIE_HTTPONLY"] is True
        middleware = getattr(app, "asgi_app", None) or app.wsgi_app
        names = {
            name.decode() if isinstance(name, bytes) else name for name, _ in middleware._headers
        }
        assert ("strict-transport-security" in {name.lower() for name in names}) is https


@both_apps
def test_the_environment_cannot_turn_the_debugger_on(
    create_app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLASK_DEBUG", "1")
    monkeypatch.setenv("QUART_DEBUG", "1")
    app = create_app({})
    assert not app.debug
    assert not app.testing
    assert app.config["PROPAGATE_EXCEPTIONS"] is False


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),  # no browser
        ({"Sec-Fetch-Site": "same-origin"}, 401),
        ({"Sec-Fetch-Site": "none"}, 401),  # the address bar
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),  # another subdomain
        ({"Origin": "https://evil.example"}, 403),  # an older browser
        ({"Origin": "null"}, 403),
        ({"Origin": "http://["}, 403),  # not even an address
    ],
)
async def test_another_sites_request_is_refused(
    both: Both, headers: dict[str, str], status: int
) -> None:
    body = {"email": demo.EMAIL, "password": "wrong"}
    answer = await both.request("POST", "/session", json=body, headers=headers)
    assert answer.status == status
    if status == 403:
        assert answer.headers["Content-Type"] == "application/problem+json"
        # Reading tells the other site nothing: it cannot see the answer.
        assert (await both.request("GET", "/products/1", headers=headers)).status == 200


async def test_ones_own_pages_may_order(both: Both) -> None:
    for rig in (both.flask, both.quart):
        headers = {"Origin": rig.service.url}
        body = {"email": demo.EMAIL, "password": demo.PASSWORD}
        answer = await both.ask(rig, "POST", "/session", json=body, headers=headers)
        assert answer.status == 200


async def test_an_error_shows_no_trace_of_the_inside(customer: Both) -> None:
    """A bug, here a column that is gone, is a 500; the log has the details, without parameters."""
    await customer.sql("ALTER TABLE orders RENAME reference TO elsewhere")
    try:
        body = {"lines": [{"product_id": 1, "quantity": 1}], "reference": "4111-secret"}
        answer = await customer.request("POST", "/orders", json=body)
    finally:
        await customer.sql("ALTER TABLE orders RENAME elsewhere TO reference")
    assert answer.status == 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "sql" not in answer.text.lower()
    for rig in (customer.flask, customer.quart):
        log = rig.service.log()
        assert "elsewhere" in log or "UndefinedColumn" in log  # the control: it is all told there
        assert "4111-secret" not in log
        lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
        assert any("exc_info" in line for line in lines)

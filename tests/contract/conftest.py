"""One request, sent to both stacks: the answers must be the same, down to the headers."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from migration_guide.kit.lab import demo
from migration_guide.kit.lab.rig import Rig
from migration_guide.kit.lab.runner import Lab
from migration_guide.kit.lab.server import Server
from tests.guide.path_service import on_the_way

DIFFERENT = {
    "Date": "the moment",
    "Server": "the server's name",
    "Connection": "gunicorn says close where hypercorn keeps the connection",
    "Transfer-Encoding": "the servers frame bodies without a length differently",
    "Set-Cookie": "holds the moment of signing; its attributes are compared apart",
    "X-Request-Id": "of its own, where the client gives none",
    "Vary": "Quart from 0.23 says Cookie on every answer, Flask where the session was read",
}
"""Headers that may differ, each with the reason."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    cookies: dict[str, dict[str, str]]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


class Both:
    """A client of both services. Each has a database of its own, with the same demo data.

    The same requests go to both in the same order, so that ids are equal too.
    """

    def __init__(self, flask: Rig, quart: Rig) -> None:
        self.flask, self.quart = flask, quart
        self._sessions = {
            rig: aiohttp.ClientSession(
                rig.service.url,
                cookie_jar=aiohttp.CookieJar(unsafe=True),
                connector=aiohttp.TCPConnector(force_close=True),
            )
            for rig in (flask, quart)
        }

    async def close(self) -> None:
        for session in self._sessions.values():
            await session.close()

    async def request(self, method: str, path: str, **options: Any) -> Answer:
        """Send to both and compare; the one answer."""
        flask, quart = [await self.ask(rig, method, path, **options) for rig in self._sessions]
        assert quart.status == flask.status
        assert _stable(quart.text) == _stable(flask.text)
        assert _comparable(quart.headers) == _comparable(flask.headers)
        assert quart.cookies == flask.cookies
        return flask

    async def ask(self, rig: Rig, method: str, path: str, **options: Any) -> Answer:
        """Send to one."""
        options = {"allow_redirects": False} | options
        async with self._sessions[rig].request(method, path, **options) as response:
            return Answer(
                response.status,
                {name.title(): value for name, value in response.headers.items()},
                {
                    name: {key: value for key, value in morsel.items() if value}
                    for header in response.headers.getall("Set-Cookie", [])
                    for name, morsel in SimpleCookie(header).items()
                },
                await response.text(),
            )

    async def log_in(self, email: str = demo.EMAIL, password: str = demo.PASSWORD) -> Answer:
        return await self.request("POST", "/session", json={"email": email, "password": password})

    def session_cookie(self, rig: Rig) -> str:
        (cookie,) = [c for c in self._sessions[rig].cookie_jar if c.key == "session"]
        return cookie.value

    async def sql(self, statement: str, *arguments: Any) -> Any:
        """One value, read from both databases, where it must be the same."""
        values = []
        for rig in self._sessions:
            async with rig.server.connect(rig.database) as connection:
                values.append(await connection.fetchval(statement, *arguments))
        assert values[0] == values[1]
        return values[0]


def _stable(text: str) -> str:
    """The body without the moment at which an order was created."""
    try:
        body = json.loads(text)
    except ValueError:
        return text
    if text != json.dumps(body, separators=(",", ":"), sort_keys=True) + "\n":
        return text
    orders = body.get("items", [body]) if isinstance(body, dict) else []
    for order in orders:
        if "created_at" in order:
            order["created_at"] = "…"
    return json.dumps(body)


def _comparable(headers: dict[str, str]) -> dict[str, str]:
    comparable = {name: value for name, value in headers.items() if name not in DIFFERENT}
    if "Allow" in comparable:  # a set, which both write down in the order of its hashes
        comparable["Allow"] = ", ".join(sorted(comparable["Allow"].split(", ")))
    return comparable


@pytest.fixture(scope="package")
async def rigs(
    server: Server, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Rig, Rig]]:
    tree: Path | None = request.config.getoption("--path-tree")
    async with Lab(server) as lab:
        flask = await lab.rig("flask", "same-settings")
        if tree is None:
            yield flask, await lab.rig("quart", "same-settings")
            return
        folder = tmp_path_factory.mktemp("service")
        async with on_the_way(tree, server, folder, lab.secret_key) as rig:
            yield flask, rig


@pytest.fixture
async def both(rigs: tuple[Rig, Rig]) -> AsyncIterator[Both]:
    """Not logged in."""
    it = Both(*rigs)
    yield it
    await it.close()


@pytest.fixture
async def customer(both: Both) -> Both:
    """Logged in as the demo customer."""
    assert (await both.log_in()).status == 200
    return both

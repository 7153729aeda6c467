"""The server that the tests run against, and what they share."""

import secrets
from collections.abc import AsyncIterator

import pytest

from migration_guide.kit.lab import server as servers
from migration_guide.kit.lab.runner import Lab


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("port-kit")
    group.addoption(
        "--server", metavar="URL", help="a PostgreSQL server to use, not an embedded one"
    )
    group.addoption(
        "--allow-faults", action="store_true", help="with --server: also stop and restart it"
    )

    group.addoption(
        "--cancellations", type=int, default=1000, help="how many of the cancellation test"
    )
    group.addoption("--kills", type=int, default=2, help="how many of the test that kills a run")
    group.addoption(
        "--write-reference", action="store_true", help="write the guide's generated tables anew"
    )


@pytest.fixture(scope="session")
async def server(request: pytest.FixtureRequest) -> AsyncIterator[servers.Server]:
    url = request.config.getoption("--server")
    allow_faults = request.config.getoption("--allow-faults")
    async with servers.chosen(url, allow_faults=allow_faults) as it:
        yield it


@pytest.fixture(scope="session")
async def lab(server: servers.Server) -> AsyncIterator[Lab]:
    async with Lab(server) as it:
        yield it


@pytest.fixture
async def empty_database(server: servers.Server) -> AsyncIterator[str]:
    async with server.database(f"port_kit_test_{secrets.token_hex(4)}") as name:
        yield name

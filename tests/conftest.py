"""The server that the tests run against, and what they share."""

import secrets
from collections.abc import AsyncIterator
from pathlib import Path

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
        "--path-tree",
        type=lambda folder: Path(folder).resolve(),
        metavar="DIR",
        help="with tests/contract: hold this service against Flask's, instead of Quart's; a tree"
        " that `port-kit path` wrote, in a folder named after the step",
    )
    group.addoption(
        "--write-reference", action="store_true", help="write the guide's generated tables anew"
    )


@pytest.fixture(scope="session")
async def chosen_server(request: pytest.FixtureRequest) -> AsyncIterator[servers.Server]:
    url = request.config.getoption("--server")
    allow_faults = request.config.getoption("--allow-faults")
    async with servers.chosen(url, allow_faults=allow_faults) as it:
        yield it


@pytest.fixture(scope="session")
def server(chosen_server: servers.Server) -> servers.Server:
    """The same; `tests/lab/` has another one of this name."""
    return chosen_server


@pytest.fixture(scope="session")
async def lab(chosen_server: servers.Server) -> AsyncIterator[Lab]:
    async with Lab(chosen_server) as it:
        yield it


@pytest.fixture
async def empty_database(chosen_server: servers.Server) -> AsyncIterator[str]:
    async with chosen_server.database(f"port_kit_test_{secrets.token_hex(4)}") as name:
        yield name

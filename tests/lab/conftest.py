import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from migration_guide.kit.lab.postgres import EmbeddedPostgres
from migration_guide.kit.lab.proxy import FaultProxy
from tests.lab.wire import (
    Upstream,
    dial,
    echo,
    echoed,
    upstream,
)

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What the lab is made of is looked at once; that it works, `compare --all` shows."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.once)


@pytest.fixture(scope="session")
async def server() -> AsyncIterator[EmbeddedPostgres]:
    async with EmbeddedPostgres() as running:
        yield running


@pytest.fixture
def echoing() -> Iterator[Upstream]:
    with upstream(echo) as serving:
        yield serving


@pytest.fixture
def proxy(echoing: Upstream) -> Iterator[FaultProxy]:
    with FaultProxy("127.0.0.1", echoing.port) as running:
        yield running


@pytest.fixture
def client(proxy: FaultProxy) -> Iterator[socket.socket]:
    with dial(proxy) as connection:
        assert echoed(connection)  # the control of every fault: before it, the same socket works
        yield connection

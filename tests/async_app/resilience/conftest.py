from collections.abc import AsyncIterator, Iterator

import pytest

from migration_guide.kit.lab.proxy import FaultProxy
from migration_guide.kit.lab.server import Server
from tests.async_app.resilience.work import Bench


@pytest.fixture(scope="session")
async def database(server: Server) -> AsyncIterator[str]:
    async with server.database("port_kit_test_resilience") as name:
        async with server.connect(name) as connection:
            await connection.execute("CREATE TABLE items (id int PRIMARY KEY, name text UNIQUE)")
            await connection.execute(
                "INSERT INTO items SELECT i, 'item ' || i FROM generate_series(1, 9) AS i"
            )
        yield name


@pytest.fixture
def bench(server: Server, database: str) -> Iterator[Bench]:
    with FaultProxy(server.host, server.port) as proxy:
        yield Bench(server, proxy, database)

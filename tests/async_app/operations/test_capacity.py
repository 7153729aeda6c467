"""Workers times pool against what the database allows: told at the start."""

import pytest

from migration_guide.kit.lab.server import Server
from migration_guide.kit.lab.waiting import wait_until

from .conftest import Serve

POOL = {"pool_size": 15, "max_overflow": 0}
WARNING = "may open 30, but the database has room for 20"


@pytest.mark.parametrize("limited", ["database", "nothing"])
async def test_too_many_workers_for_the_database_are_told(
    serve: Serve, server: Server, database: str, limited: str
) -> None:
    if limited == "database":
        async with server.connect() as connection:
            await connection.execute(f'ALTER DATABASE "{database}" CONNECTION LIMIT 20')
    async with serve(workers=2, options=POOL, LOG_LEVEL="INFO") as service:
        expected = WARNING if limited == "database" else "Up to 30 connections"
        await wait_until(lambda: expected in service.log(), deadline_s=10, what="the check")
        assert (WARNING in service.log()) is (limited == "database")

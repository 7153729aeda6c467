"""What a service takes when nothing is wrong."""

import asyncpg
from sqlalchemy import make_url

from migration_guide.kit.lab.postgres import EmbeddedPostgres
from migration_guide.kit.lab.proxy import FaultProxy
from migration_guide.kit.lab.server import Server
from migration_guide.kit.lab.vitals import round_trips


async def test_round_trips_are_those_of_answers_with_success(server: EmbeddedPostgres) -> None:
    url = make_url(server.url())
    with FaultProxy("127.0.0.1", server.port) as proxy:
        by_proxy = Server(url).url("postgres", via=(proxy.host, proxy.port))
        connection = await asyncpg.connect(by_proxy)
        answers = iter((503, 200, None) * 100)

        async def ask() -> int | None:
            status = next(answers)
            if status == 200:
                await connection.execute("SELECT 1")
            return status

        async def is_refused() -> int | None:
            return 503

        try:
            assert await round_trips(proxy, ask) == 1
            assert await round_trips(proxy, is_refused) is None, "not 0"
        finally:
            await connection.close()

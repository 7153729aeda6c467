"""What a session is behind a pooler in transaction mode: everybody's."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from migration_guide.kit.lab.pooler import PgBouncer, find_pgbouncer
from migration_guide.kit.lab.proxy import FaultProxy
from migration_guide.kit.lab.server import Server
from migration_guide.kit.lab.waiting import wait_until
from tests.async_app.resilience.work import (
    ALWAYS_PING,
    AUTOCOMMIT,
    ONE,
    Bench,
    counted,
    read,
)

pytestmark = pytest.mark.skipif(
    find_pgbouncer() is None, reason="there is no program pgbouncer on this machine"
)

POOLED: dict[str, Any] = {"transaction_pooler": True}


@pytest.fixture
async def bench(server: Server, database: str) -> AsyncIterator[Bench]:
    """One server connection: whoever comes next gets it."""
    async with PgBouncer(server.url(database), pool_size=1) as pooler:
        with FaultProxy(pooler.host, pooler.port) as proxy:
            yield Bench(server, proxy, database)


async def ask(engine: AsyncEngine, statement: str) -> Any:
    async with engine.connect() as connection:
        return (await connection.execute(text(statement))).scalar_one()


async def what_another_sees(bench: Bench, statement: str, question: str) -> str:
    """One client commits *statement*, another asks *question*."""
    async with bench.engine(**POOLED) as engine, engine.begin() as connection:
        await connection.execute(text(statement))
    async with bench.engine(**POOLED, **AUTOCOMMIT) as other:
        return str(await ask(other, question))


LOCKED = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 17"
TABLES = "SELECT count(*) FROM pg_class WHERE relname = 'mine'"
CHANNELS = "SELECT count(*) FROM pg_listening_channels()"


@pytest.mark.parametrize(
    ("session", "transaction", "question", "clean"),
    [
        ("SET work_mem = '7MB'", "SET LOCAL work_mem = '7MB'", "SHOW work_mem", "4MB"),
        ("SELECT pg_advisory_lock(17)", "SELECT pg_advisory_xact_lock(17)", LOCKED, "0"),
        ("CREATE TEMP TABLE mine ()", "CREATE TEMP TABLE mine () ON COMMIT DROP", TABLES, "0"),
        ("LISTEN news", "NOTIFY news", CHANNELS, "0"),
    ],
    ids=["SET", "advisory lock", "temporary table", "LISTEN"],
)
async def test_what_a_session_keeps_is_handed_to_another_client(
    bench: Bench, session: str, transaction: str, question: str, clean: str
) -> None:
    """And, as the control, what a transaction keeps is not."""
    assert await what_another_sees(bench, transaction, question) == clean
    assert await what_another_sees(bench, session, question) != clean


async def test_a_startup_parameter_that_the_pooler_does_not_track_is_refused(bench: Bench) -> None:
    for arguments in (
        {"options": "-c statement_timeout=7s"},
        {"server_settings": {"statement_timeout": "7s"}},
    ):
        async with bench.engine(**POOLED, connect_args=arguments) as engine:
            with pytest.raises(DBAPIError, match="unsupported startup parameter"):
                await read(engine)


async def test_a_setting_of_the_database_arrives(bench: Bench) -> None:
    database = f'"{bench.database}"'
    async with bench.server.connect() as administrator:
        await administrator.execute(f"ALTER DATABASE {database} SET statement_timeout = '7s'")
        try:
            async with bench.engine(**POOLED) as engine:
                assert await ask(engine, "SHOW statement_timeout") == "7s"
        finally:
            await administrator.execute(f"ALTER DATABASE {database} RESET statement_timeout")


async def test_each_client_keeps_its_application_name(bench: Bench) -> None:
    """On one server connection: the pooler tracks it."""
    one, two = ({"application_name": name} for name in ("desk-1", "desk-2"))
    async with (
        bench.engine(**POOLED, connect_args=one) as first,
        bench.engine(**POOLED, connect_args=two) as second,
    ):
        for _ in range(2):
            assert await ask(first, "SHOW application_name") == "desk-1"
            assert await ask(second, "SHOW application_name") == "desk-2"


async def test_a_ping_that_queues_in_the_pooler_is_silence(bench: Bench) -> None:
    """And, as the control, it is not where it may take as long as the queue."""
    ping: dict[str, Any] = {**POOLED, **ALWAYS_PING, "pool_timeout": 60}
    async with (
        bench.engine(**POOLED) as busy,
        bench.engine(**ping, ping_timeout=0.2) as hasty,
        bench.engine(**ping, ping_timeout=30) as patient,
    ):
        await read(hasty)
        await read(patient)
        async with busy.connect() as connection:
            await connection.execute(ONE)  # its transaction has the server connection
            reads = [asyncio.create_task(read(engine)) for engine in (hasty, patient)]
            await wait_until(
                lambda: "found_silent" in counted(hasty), deadline_s=20, what="the silence"
            )
            assert counted(patient)["pings"] == 1
            assert not any(one.done() for one in reads)
        async with asyncio.timeout(20):
            assert await asyncio.gather(*reads) == [1, 1]
        assert "found_silent" not in counted(patient)

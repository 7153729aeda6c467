"""A server that turns read-only: its connections are evicted, wishes of the session are not."""

import contextlib
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError, InternalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from migration_guide.kit.lab import server as servers
from migration_guide.kit.lab.postgres import EmbeddedPostgres
from migration_guide.kit.lab.proxy import FaultProxy
from migration_guide.kit.lab.server import Server
from migration_guide.kit.lab.stacks import RESILIENT, STOCK
from migration_guide.kit.lab.waiting import wait_until
from tests.async_app.resilience.work import TWO_SETTINGS, Bench, counted, read, warm

WRITE = text("UPDATE items SET name = name WHERE id = 1")


async def write(engine: AsyncEngine, **options: bool) -> None:
    async with engine.connect() as connection:
        await connection.execution_options(**options)
        await connection.execute(WRITE)
        await connection.commit()


@pytest.fixture(scope="module")
async def own_server() -> AsyncIterator[Server]:
    """A server whose settings may be changed."""
    async with servers.embedded() as server:
        yield server


@pytest.fixture
async def bench(own_server: Server) -> AsyncIterator[Bench]:
    async with own_server.database("port_kit_test_read_only") as name:
        async with own_server.connect(name) as connection:
            await connection.execute("CREATE TABLE items AS SELECT 1 AS id, 'item' AS name")
        with FaultProxy(own_server.host, own_server.port) as proxy:
            yield Bench(own_server, proxy, name)
        async with own_server.connect() as connection:
            await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextlib.asynccontextmanager
async def demoted(server: Server) -> AsyncIterator[None]:
    """Sessions find their transactions read-only, as in a switch-over that lets them live."""
    async with server.connect() as admin:
        await admin.execute("ALTER SYSTEM SET default_transaction_read_only = on")
        await admin.execute("SELECT pg_reload_conf()")
        try:
            yield
        finally:
            await admin.execute("SET default_transaction_read_only = off")  # for itself
            await admin.execute("ALTER SYSTEM RESET default_transaction_read_only")
            await admin.execute("SELECT pg_reload_conf()")


async def test_a_demoted_server_is_left(bench: Bench) -> None:
    async with bench.engine() as engine:
        await warm(engine, 3)
        await write(engine)
        async with demoted(bench.server):
            with pytest.raises(InternalError) as caught:
                await until_it_fails(engine)
            assert caught.value.connection_invalidated
            assert counted(engine)["demoted"] == 1
        accepted = bench.proxy.accepted
        await warm(engine, 3)
        assert bench.proxy.accepted == accepted + 3  # all of them, not the one that noticed
        await until_it_works(engine)


async def test_a_server_that_was_demoted_before_is_left_too(bench: Bench) -> None:
    """Who reconnects in the middle of a switch-over may get to the old server once more."""
    async with bench.engine() as engine:
        async with demoted(bench.server):
            await until_new_sessions_are_read_only(bench)
            for _ in range(2):
                with pytest.raises(InternalError) as caught:
                    await write(engine)
                assert caught.value.connection_invalidated
            assert counted(engine)["demoted"] == 2
        await until_it_works(engine)


async def until_new_sessions_are_read_only(bench: Bench) -> None:
    async def they_are() -> bool:
        async with bench.server.connect(bench.database) as connection:
            return bool(await connection.fetchval("SHOW transaction_read_only") == "on")

    await wait_until(they_are, deadline_s=10, what="the reload")


async def test_a_database_that_is_read_only_by_wish_keeps_its_connections(bench: Bench) -> None:
    """The control."""
    async with bench.server.connect() as admin:
        await admin.execute(
            f"ALTER DATABASE {bench.database} SET default_transaction_read_only = on"
        )
    async with bench.engine() as engine:
        for _ in range(2):
            with pytest.raises(InternalError) as caught:
                await write(engine)
            assert not caught.value.connection_invalidated
        assert counted(engine)["connects"] == 1


async def test_the_stock_dialect_stays(bench: Bench) -> None:
    """The control."""
    async with bench.engine(STOCK) as engine:
        await warm(engine, 3)
        async with demoted(bench.server):
            with pytest.raises(DBAPIError) as caught:
                await until_it_fails(engine)
            assert not caught.value.connection_invalidated
        accepted = bench.proxy.accepted
        await warm(engine, 3)
        assert bench.proxy.accepted == accepted


async def until_it_fails(engine: AsyncEngine) -> None:
    """A reload reaches each session a moment later."""

    async def never() -> bool:
        await write(engine)
        return False

    await wait_until(never, deadline_s=10, what="a write to fail")


async def until_it_works(engine: AsyncEngine) -> None:
    async def works() -> bool:
        with contextlib.suppress(InternalError):
            await write(engine)
            return True
        return False

    await wait_until(works, deadline_s=10, what="a write to succeed")


@pytest.mark.parametrize(
    "wish",
    [
        {"options": {"postgresql_readonly": True}},
        {"query": {"options": "-c default_transaction_read_only=on"}},
        {"query": {"options": "--default-transaction-read-only=t"}},
    ],
)
async def test_a_session_that_asked_for_read_only_keeps_its_connection(
    bench: Bench, wish: dict[str, dict[str, str]]
) -> None:
    url = make_url(bench.url()).update_query_dict(wish.get("query", {}))
    engine = create_async_engine(url, **TWO_SETTINGS)
    await read(engine)
    with pytest.raises(InternalError) as caught:
        await write(engine, **wish.get("options", {}))  # type: ignore[arg-type]
    assert not caught.value.connection_invalidated
    assert await read(engine) == 1
    assert counted(engine)["connects"] == 1
    await engine.dispose()


async def test_a_statement_that_sets_its_transaction_read_only_does_too(bench: Bench) -> None:
    async with bench.engine() as engine:
        async with engine.connect() as connection:
            await connection.execute(text("SET TRANSACTION READ ONLY"))
            with pytest.raises(InternalError) as caught:
                await connection.execute(WRITE)
        assert not caught.value.connection_invalidated
        assert counted(engine)["connects"] == 1


async def test_a_standby_is_left_unless_it_was_asked_for() -> None:
    async with EmbeddedPostgres() as server:
        connection = await server.connect()
        await connection.execute("CREATE TABLE items (id int, name text)")
        await connection.close()
        await server.stop()
        (server.folder / "data/standby.signal").touch()
        await server.start()
        url = make_url(server.url()).set(drivername=RESILIENT)
        for attributes, evicted in (("any", True), ("prefer-standby", False)):
            engine = create_async_engine(
                url.update_query_dict({"target_session_attrs": attributes}), **TWO_SETTINGS
            )
            with pytest.raises(InternalError) as caught:
                await write(engine)
            assert caught.value.connection_invalidated is evicted
            await engine.dispose()

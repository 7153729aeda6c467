"""``port-kit serve`` from the outside."""

import re
import signal

import aiohttp
import pytest

from migration_guide.kit.lab import demo
from migration_guide.kit.lab.server import Server
from migration_guide.kit.lab.service import listen
from migration_guide.kit.lab.stacks import STACKS, Stack

from .conftest import Running, Start, alive


async def address(running: Running) -> str:
    await running.until("/products/1")
    found = re.search(r"on (http://[0-9.]+:\d+),", running.out)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(("stack", "signum"), [("flask", signal.SIGINT), ("quart", signal.SIGTERM)])
async def test_it_serves_demo_data_until_a_signal_and_leaves_nothing(
    start: Start, stack: Stack, signum: signal.Signals
) -> None:
    running = await start("serve", "--stack", stack, PGSSLMODE="require")  # of another server
    url = await address(running)
    async with aiohttp.ClientSession(url) as client:
        async with client.get("/products/1") as response:
            assert (await response.json())["stock"] == demo.INITIAL_STOCK
        credentials = {"email": demo.EMAIL, "password": demo.PASSWORD}
        async with client.post("/session", json=credentials) as response:
            assert response.status == 200
    processes = running.descendants()
    assert processes
    running.process.send_signal(signum)
    done = await running.finish()
    assert done.code == 128 + signum
    assert alive(processes) == []
    assert running.left() == []


async def test_a_database_of_ones_own_is_filled_once_and_kept(start: Start, server: Server) -> None:
    async with server.database("port_kit_test_serve") as name:
        for stack, said in (("quart", True), ("flask", False)):
            running = await start("serve", "--stack", stack, DATABASE_URL=server.url(name))
            await address(running)
            running.process.terminate()
            done = await running.finish()
            assert ("Log in as" in done.out) is said
        async with server.connect(name) as connection:
            assert await connection.fetchval("SELECT count(*) FROM products") == 10


async def test_a_database_of_something_else_is_left_alone(start: Start, server: Server) -> None:
    async with server.database("port_kit_test_foreign") as name:
        async with server.connect(name) as connection:
            await connection.execute("CREATE TABLE invoices (id int)")
        running = await start("serve", "--stack", "quart", DATABASE_URL=server.url(name))
        done = await running.finish()
        assert done.code == 2
        assert "has tables that are not the order desk's" in done.err
        async with server.connect(name) as connection:
            assert await connection.fetchval("SELECT to_regclass('products')") is None


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense:secret", "not of the form"),
        ("mysql://u:secret@h/x", "'mysql' is not PostgreSQL"),
        ("postgresql://u:secret@127.0.0.1:9/x", "cannot be used"),
        ("postgresql://u:secret@127.0.0.1:9/x?channel_binding=require", "channel_binding=require"),
    ],
)
async def test_a_wrong_database_url_is_explained_without_its_password(
    start: Start, url: str, message: str
) -> None:
    done = await (await start("serve", "--stack", "quart", DATABASE_URL=url)).finish()
    assert done.code == 2
    assert message in done.err
    assert "secret" not in done.out + done.err
    assert "Traceback" not in done.err


async def test_a_port_in_use_is_explained(start: Start) -> None:
    with listen("127.0.0.1", 0) as taken:
        taken.listen()
        port = str(taken.getsockname()[1])
        done = await (await start("serve", "--stack", "flask", "--port", port)).finish()
    assert done.code == 2
    assert f"Cannot listen on 127.0.0.1:{port}" in done.err


@pytest.mark.parametrize("stack", STACKS)
async def test_a_wrong_engine_option_is_refused_by_name(start: Start, stack: Stack) -> None:
    running = await start(
        "serve", "--stack", stack, SQLALCHEMY_ENGINE_OPTIONS='{"pool_pre_pnig": true}'
    )
    done = await running.finish()
    assert done.code == 2
    assert "SQLALCHEMY_ENGINE_OPTIONS: pool_pre_pnig: unknown option" in done.out + done.err
    assert running.left() == []

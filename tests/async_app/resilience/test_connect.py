"""Settings of a psycopg2 application carry over, on a real server."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import URL, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from migration_guide.kit.lab.postgres import EmbeddedPostgres
from migration_guide.kit.lab.proxy import FaultProxy
from migration_guide.kit.lab.stacks import RESILIENT, STOCK
from migration_guide.kit.lab.waiting import wait_until
from tests.async_app.resilience.work import Bench, counted, read, seconds, warm

PSYCOPG2_SETTINGS = {
    "application_name": "desk",
    "connect_timeout": "5",
    "client_encoding": "utf8",
    "options": "-c statement_timeout=1234 -c search_path=public",
    "keepalives": "1",
    "keepalives_idle": "31",
    "keepalives_interval": "7",
    "keepalives_count": "4",
    "tcp_user_timeout": "9000",
    "sslmode": "prefer",
    "gssencmode": "disable",
    "target_session_attrs": "read-write",
}


def without(url: URL, *names: str) -> URL:
    """``URL.set`` takes None for "as it is"."""
    nothing: dict[str, Any] = dict.fromkeys(names)
    return url._replace(**nothing)


async def ask(engine: AsyncEngine, query: str) -> Any:
    async with engine.connect() as connection:
        return (await connection.execute(text(query))).scalar_one()


NAMES = ("application_name", "statement_timeout", "search_path", "client_encoding")
QUERY = "SELECT array[" + ",".join(f"current_setting('{name}')" for name in NAMES) + "]"


@pytest.mark.parametrize("where", ["url", "connect_args"])
async def test_the_server_sees_the_same_as_with_psycopg2(bench: Bench, where: str) -> None:
    def engine_arguments(driver: str) -> tuple[Any, dict[str, Any]]:
        url = make_url(bench.url(driver))
        if where == "url":
            return url.update_query_dict(PSYCOPG2_SETTINGS), {}
        return url, {"connect_args": PSYCOPG2_SETTINGS}

    url, options = engine_arguments("postgresql+psycopg2")
    before = create_engine(url, **options)
    with before.connect() as connection:
        seen_before = connection.execute(text(QUERY)).scalar_one()
    before.dispose()
    url, options = engine_arguments(RESILIENT)
    after = create_async_engine(url, **options)
    assert await ask(after, QUERY) == seen_before == ["desk", "1234ms", "public", "UTF8"]
    await after.dispose()


async def test_the_stock_dialect_refuses_them(bench: Bench) -> None:
    """The control."""
    for name, value in PSYCOPG2_SETTINGS.items():
        if name == "target_session_attrs":
            continue
        engine = create_async_engine(make_url(bench.url(STOCK)).update_query_dict({name: value}))
        with pytest.raises(TypeError, match="unexpected keyword argument"):
            await read(engine)


async def test_the_socket_has_the_options(bench: Bench) -> None:
    url = make_url(bench.url()).update_query_dict(PSYCOPG2_SETTINGS)
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        raw = await connection.get_raw_connection()
        assert raw.driver_connection is not None
        sock = raw.driver_connection._transport.get_extra_info("socket")
        tcp = socket.IPPROTO_TCP
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert sock.getsockopt(tcp, socket.TCP_KEEPIDLE) == 31
        assert sock.getsockopt(tcp, socket.TCP_KEEPINTVL) == 7
        assert sock.getsockopt(tcp, socket.TCP_KEEPCNT) == 4
        assert sock.getsockopt(tcp, socket.TCP_USER_TIMEOUT) == 9000
    await engine.dispose()


@pytest.fixture
def silent_port() -> Iterator[int]:
    with FaultProxy("127.0.0.1", 1) as proxy:
        proxy.timeout()
        yield proxy.port


async def test_a_silent_first_host_costs_its_own_timeout_alone(
    bench: Bench, silent_port: int
) -> None:
    url = make_url(bench.url())
    engine = create_async_engine(
        without(url, "host", "port"),
        connect_args={
            "host": f"127.0.0.1,{url.host}",
            "port": f"{silent_port},{url.port}",
            "connect_timeout": 1,
        },
    )
    assert await read(engine) == 1
    await engine.dispose()


@pytest.mark.parametrize("connect_timeout", [{}, {"connect_timeout": 2}])
async def test_a_silent_first_host_leaves_the_checkout_time_for_the_second(
    bench: Bench, silent_port: int, connect_timeout: dict[str, int]
) -> None:
    url = make_url(bench.url())
    engine = create_async_engine(
        without(url, "host", "port"),
        pool_timeout=2,
        connect_args={
            "host": f"127.0.0.1,{url.host}",
            "port": f"{silent_port},{url.port}",
            **connect_timeout,
        },
    )
    assert await read(engine) == 1
    await engine.dispose()


async def test_a_socket_option_that_the_system_refuses_is_told_by_name(bench: Bench) -> None:
    url = make_url(bench.url()).update_query_dict({"keepalives_count": "500"})
    engine = create_async_engine(url)
    with pytest.raises(OperationalError, match="the system refuses keepalives_count=500"):
        await read(engine)
    await wait_until(
        lambda: bench.proxy.open_connections == 0, deadline_s=5, what="the connection to end"
    )


async def test_asyncpg_gives_all_hosts_one_timeout(bench: Bench, silent_port: int) -> None:
    """The control."""
    url = make_url(bench.url())
    with pytest.raises(TimeoutError):
        await asyncpg.connect(
            host=["127.0.0.1", url.host],
            port=[silent_port, url.port],
            user=url.username,
            password=url.password,
            timeout=1,
        )


async def test_a_host_that_refuses_is_passed_over_and_told_of(bench: Bench) -> None:
    url = make_url(bench.url())
    arguments: dict[str, Any] = {"host": "127.0.0.1,127.0.0.1", "port": f"1,{url.port}"}
    engine = create_async_engine(without(url, "host", "port"), connect_args=arguments)
    assert await read(engine) == 1
    await engine.dispose()
    arguments["port"] = "1,2"
    engine = create_async_engine(without(url, "host", "port"), connect_args=arguments)
    with pytest.raises(OperationalError, match=r'port 1 failed[\s\S]*"127.0.0.1", port 2 failed'):
        await read(engine)


async def test_a_server_that_is_shutting_down_is_passed_over(bench: Bench) -> None:
    """It answers with 57P03, before it asks for a password."""
    url = make_url(bench.url())
    async with EmbeddedPostgres() as closing:
        held = await closing.connect()  # a smart shutdown waits for it
        stop = asyncio.create_task(closing.stop("smart"))

        async def lets_nobody_in() -> bool:
            with contextlib.suppress(asyncpg.CannotConnectNowError):
                await (await closing.connect()).close()
                return False
            return True

        await wait_until(lets_nobody_in, deadline_s=5, what="the shutdown to begin")
        ports = f"{closing.port},{url.port}"
        engine = create_async_engine(
            without(url, "host", "port"),
            connect_args={"host": f"127.0.0.1,{url.host}", "port": ports},
        )
        assert await read(engine) == 1
        await engine.dispose()
        alone = create_async_engine(url.set(port=closing.port))
        with pytest.raises(OperationalError, match="the database system is shutting down") as seen:
            await read(alone)
        assert seen.value.orig is not None
        assert seen.value.orig.sqlstate == "57P03"  # type: ignore[attr-defined]
        await held.close()
        await stop


async def test_a_wrong_password_is_final(bench: Bench) -> None:
    url = make_url(bench.url()).set(password="wrong")
    port = bench.proxy.port
    engine = create_async_engine(
        url, connect_args={"host": "127.0.0.1,127.0.0.1", "port": f"{port},{port}"}
    )
    with pytest.raises(OperationalError, match="FATAL:  password authentication failed") as caught:
        await read(engine)
    assert str(caught.value).count("connection to server at") == 1
    assert caught.value.orig is not None
    assert caught.value.orig.sqlstate == "28P01"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("attributes", "works"),
    [
        ("primary", True),
        ("read-write", True),
        ("prefer-standby", True),
        ("standby", False),
        ("read-only", False),
    ],
)
async def test_the_server_has_to_be_what_is_asked_for(
    bench: Bench, attributes: str, *, works: bool
) -> None:
    url = make_url(bench.url()).update_query_dict({"target_session_attrs": attributes})
    engine = create_async_engine(url)
    if works:
        assert await read(engine) == 1
    else:
        with pytest.raises(OperationalError, match="target attribute requirement"):
            await read(engine)
    await engine.dispose()


async def test_a_password_may_be_a_callable_that_rotates_it(bench: Bench) -> None:
    url = make_url(bench.url())
    password, asked = url.password, []

    async def token() -> str | None:
        asked.append("token")
        return password

    engine = create_async_engine(without(url, "password"), connect_args={"password": token})
    await warm(engine, 2)
    assert len(asked) == 2
    await engine.dispose()


async def test_a_password_file_is_read(bench: Bench, tmp_path: Path) -> None:
    url = make_url(bench.url())
    file = tmp_path / "pgpass"
    file.write_text(f"*:*:*:{url.username}:{url.password}\n")
    file.chmod(0o600)
    engine = create_async_engine(
        without(url, "password").update_query_dict({"passfile": str(file)})
    )
    assert await read(engine) == 1
    await engine.dispose()


async def test_the_environment_is_enough(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    url = make_url(bench.url())
    environment = {
        "PGHOST": url.host,
        "PGPORT": str(url.port),
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
        "PGAPPNAME": "from the environment",
        "PGOPTIONS": "-c statement_timeout=77",
    }
    for name, value in environment.items():
        assert value
        monkeypatch.setenv(name, value)
    engine = create_async_engine(f"{RESILIENT}://")
    assert await ask(engine, QUERY) == ["from the environment", "77ms", '"$user", public', "UTF8"]
    await engine.dispose()


async def test_a_password_with_every_special_character(bench: Bench) -> None:
    password = "p@ss:w/o#r%d ?&=é"
    async with bench.server.connect(bench.database) as admin:
        await admin.execute(f"CREATE ROLE port_kit_test_special LOGIN PASSWORD '{password}'")
    url = make_url(bench.url()).set(username="port_kit_test_special", password=password)
    engine = create_async_engine(url.render_as_string(hide_password=False))
    try:
        assert await ask(engine, "SELECT current_user::text") == "port_kit_test_special"
    finally:
        await engine.dispose()
        async with bench.server.connect(bench.database) as admin:
            await admin.execute("DROP ROLE port_kit_test_special")


async def test_a_socket_folder(tmp_path: Path, bench: Bench) -> None:
    """A socket that forwards to the server, since not every server has one."""
    url = make_url(bench.url())
    address = tmp_path / f".s.PGSQL.{url.port}"

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream = await asyncio.open_connection(bench.server.host, bench.server.port)
        await asyncio.gather(_pipe(reader, upstream[1]), _pipe(upstream[0], writer))

    listener = await asyncio.start_unix_server(forward, str(address))
    folder = without(url, "host").update_query_dict({"host": str(tmp_path)})
    engine = create_async_engine(folder)
    try:
        assert await read(engine) == 1
    finally:
        await engine.dispose()
        listener.close()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.closing(writer), contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)


async def test_a_handler_of_do_connect_finds_libpqs_names(bench: Bench) -> None:
    url = make_url(bench.url())
    engine = create_async_engine(url.set(password="wrong"))

    @event.listens_for(engine.sync_engine, "do_connect")
    def give_token(_: Any, __: Any, ___: Any, parameters: dict[str, Any]) -> None:
        assert parameters["database"] == bench.database
        parameters |= {"password": url.password, "application_name": "from the handler"}

    assert await ask(engine, "SELECT current_setting('application_name')") == "from the handler"
    await engine.dispose()


async def test_an_async_creator_is_used(bench: Bench) -> None:
    url = bench.url("postgresql")
    engine = create_async_engine(f"{RESILIENT}://", async_creator=lambda: asyncpg.connect(url))
    assert await read(engine) == 1
    assert counted(engine)["connects"] == 1
    await engine.dispose()

    async def fails() -> None:
        raise ConnectionRefusedError("on purpose")

    options: dict[str, Any]
    for options in ({"command_timeout": 1}, {"transaction_pooler": True}):
        engine = create_async_engine(f"{RESILIENT}://", async_creator=fails, **options)
        with pytest.raises(ArgumentError, match="do not reach the connections of an async_creator"):
            await read(engine)
    engine = create_async_engine(f"{RESILIENT}://", async_creator=fails)
    with pytest.raises(OperationalError, match="on purpose"):
        await read(engine)


async def test_connect_timeout_bounds_a_silent_server(bench: Bench, silent_port: int) -> None:
    url = make_url(bench.url()).set(port=silent_port)
    engine = create_async_engine(url.update_query_dict({"connect_timeout": "1"}))

    async def fails() -> None:
        with pytest.raises(OperationalError, match="timeout expired: no answer within 1 s"):
            await read(engine)

    assert 1 <= await seconds(fails) < 3
    assert counted(engine) == {"connect_failures": 1}

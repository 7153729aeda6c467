import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import suppress

import asyncpg
import pytest

from migration_guide.kit.lab.postgres import EmbeddedPostgres, PostgresError, ShutdownMode
from migration_guide.kit.lab.waiting import wait_until
from tests.lab.machine import (
    ask,
    first_ephemeral_port,
    needs_root,
    processes,
    refuses,
)

PATIENCE_S = 10.0


@pytest.fixture(scope="session")
async def spare() -> AsyncIterator[EmbeddedPostgres]:
    async with EmbeddedPostgres() as running:
        yield running


@pytest.fixture
async def own(spare: EmbeddedPostgres) -> EmbeddedPostgres:
    """A running server that the test may stop and crash: no other test relies on it."""
    await spare.start()
    return spare


async def test_starts_and_answers(server: EmbeddedPostgres) -> None:
    assert server.running
    assert await ask(server, "SHOW server_version") == server.version
    assert await ask(server, "SHOW timezone") == "UTC"
    assert await ask(server, "SHOW server_encoding") == "UTF8"
    assert await ask(server, "SHOW max_connections") == "200"
    assert int(server.version.split(".")[0]) >= 16


async def test_takes_a_port_that_no_outgoing_connection_is_given(server: EmbeddedPostgres) -> None:
    first = first_ephemeral_port()
    if first < 20_000:
        pytest.skip("this machine leaves no room below its ephemeral ports")
    assert 1024 <= server.port < first


async def test_its_url_opens_a_connection(server: EmbeddedPostgres) -> None:
    connection = await asyncpg.connect(server.url())
    assert await connection.fetchval("SELECT current_user") == server.user
    await connection.close()
    assert server.url("a/b", driver="asyncpg").startswith("postgresql+asyncpg://postgres:")
    assert server.url("a/b").endswith(f"@127.0.0.1:{server.port}/a%2Fb")


async def test_names_its_connections(server: EmbeddedPostgres) -> None:
    connection = await server.connect(application_name="the test")
    assert await connection.fetchval("SHOW application_name") == "the test"
    await connection.close()


async def test_creates_databases_of_any_name(server: EmbeddedPostgres) -> None:
    await server.create_database('odd "name"')
    assert await ask(server, "SELECT current_database()", 'odd "name"') == 'odd "name"'


async def test_refuses_a_wrong_password(server: EmbeddedPostgres) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(
            host=server.host,
            port=server.port,
            user=server.user,
            password=f"not {server.password}",
            database="postgres",
        )


async def test_keeps_its_password_to_itself(server: EmbeddedPostgres) -> None:
    assert server.password in server.url()
    assert server.password not in repr(server)
    commands = processes(server.folder)
    assert commands
    assert not [args for _, args in commands if server.password in args]
    written = [path for path in server.folder.rglob("*") if path.is_file()]
    assert server.folder / "log" in written
    assert not [path for path in written if server.password.encode() in path.read_bytes()]


@needs_root
async def test_does_not_run_as_root(server: EmbeddedPostgres) -> None:
    uids = {uid for uid, _ in processes(server.folder)}
    assert len(uids) == 1
    assert 0 not in uids


async def test_a_terminals_interrupt_does_not_reach_it(server: EmbeddedPostgres) -> None:
    assert os.getsid(server.pid) == server.pid != os.getsid(0)


@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_stopping_ends_sessions_and_a_start_brings_back_port_and_data(
    own: EmbeddedPostgres, mode: ShutdownMode
) -> None:
    port, first_pid, log = own.port, own.pid, own.folder / "log"
    earlier_log = len(log.read_text())
    session = await own.connect()
    await session.execute("DROP TABLE IF EXISTS kept")
    await session.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    await own.stop(mode)
    assert not own.running
    assert refuses(port)
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await session.execute("SELECT 1")
    with pytest.raises(PostgresError, match="stopped"):
        _ = own.pid
    await own.stop(mode)  # again: nothing to do
    await own.start()
    await own.start()
    assert (own.port, await ask(own, "SELECT answer FROM kept")) == (port, 42)
    assert own.pid != first_pid
    recovered = "automatic recovery in progress" in log.read_text()[earlier_log:]
    assert recovered is (mode == "immediate")


async def test_a_smart_stop_waits_for_sessions(own: EmbeddedPostgres) -> None:
    session = await own.connect()
    stopping = asyncio.create_task(own.stop("smart"))
    log = own.folder / "log"
    await wait_until(
        lambda: "received smart shutdown request" in log.read_text(),
        deadline_s=PATIENCE_S,
        what="the request",
    )
    assert await session.fetchval("SELECT 1") == 1
    assert own.running
    await session.close()
    await stopping
    assert not own.running


async def test_a_stop_ends_by_its_deadline_even_with_sessions(own: EmbeddedPostgres) -> None:
    session = await own.connect()
    await own.stop("smart", deadline_s=0.1)
    assert not own.running
    session.terminate()


async def test_a_frozen_server_is_stopped(own: EmbeddedPostgres) -> None:
    os.kill(own.pid, signal.SIGSTOP)
    await own.stop(deadline_s=0.1)
    assert not own.running
    assert refuses(own.port)


async def test_a_server_deaf_to_signals_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    # A stand-in: PostgreSQL itself, killed, would leave a segment of shared memory behind.
    deaf = await asyncio.create_subprocess_exec(
        *("sh", "-c", "trap '' INT QUIT; echo deaf; exec sleep 60"),
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert deaf.stdout is not None
    assert await deaf.stdout.readline() == b"deaf\n"
    server = EmbeddedPostgres()
    monkeypatch.setattr(server, "_process", deaf)
    monkeypatch.setattr("migration_guide.kit.lab.postgres._IMMEDIATE_S", 0.1)
    monkeypatch.setattr(server, "_reserve_port", lambda **_: True)
    await server.stop(deadline_s=0.1)
    assert not server.running
    assert deaf.returncode == -signal.SIGKILL


async def test_notices_a_crash_and_starts_again(own: EmbeddedPostgres) -> None:
    os.kill(own.pid, signal.SIGQUIT)
    await wait_until(lambda: not own.running, deadline_s=PATIENCE_S, what="the crash")
    await own.restart()
    assert await ask(own, "SELECT 1") == 1


async def test_frozen_it_answers_nobody_and_then_goes_on(own: EmbeddedPostgres) -> None:
    connection = await own.connect()
    own.freeze()
    try:
        with pytest.raises(TimeoutError):
            await connection.fetchval("SELECT 1", timeout=0.5)
        assert not refuses(own.port), "its kernel goes on"
    finally:
        own.thaw()
        connection.terminate()
    assert await ask(own, "SELECT 1") == 1
    own.thaw()  # nothing is frozen


async def test_a_frozen_server_is_gone_all_the_same_when_the_block_ends() -> None:
    async with asyncio.timeout(PATIENCE_S), EmbeddedPostgres() as server:
        folder = server.folder
        server.freeze()
    assert not processes(folder)


async def test_a_killed_session_takes_the_others_along(own: EmbeddedPostgres) -> None:
    first, second = await own.connect(), await own.connect()
    own.kill_backend(first.get_server_pid())

    async def recovered() -> bool:
        found: object = None
        with suppress(OSError, asyncpg.PostgresError):
            found = await ask(own, "SELECT 1")
        return found == 1

    await wait_until(second.is_closed, deadline_s=PATIENCE_S, what="the other session to end")
    await wait_until(recovered, deadline_s=PATIENCE_S, what="the recovery")
    assert own.running


async def test_no_process_but_the_servers_is_killed(own: EmbeddedPostgres) -> None:
    with pytest.raises(PostgresError, match="none of the server's"):
        own.kill_backend(os.getpid())


async def test_on_a_socket_in_its_folder_no_network_comes_between() -> None:
    async with EmbeddedPostgres(socket_in_folder=True) as server:
        connection = await asyncpg.connect(server.url())
        assert await connection.fetchval("SELECT inet_client_addr()") is None
        await connection.close()


async def test_two_servers_run_side_by_side(server: EmbeddedPostgres) -> None:
    async with asyncio.timeout(PATIENCE_S), EmbeddedPostgres() as other:
        assert other.port != server.port
        assert other.folder != server.folder
        assert other.password != server.password
        assert await ask(other, "SELECT 1") == await ask(server, "SELECT 1") == 1


async def test_a_stopped_servers_port_is_not_free_for_another(own: EmbeddedPostgres) -> None:
    await own.stop()
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind((own.host, own.port))
    assert refuses(own.port)


async def test_another_port_is_chosen_when_the_first_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as squatter:
        taken = squatter.getsockname()[1]
        choose = EmbeddedPostgres._choose_port
        chosen: list[int] = []

        def lose_the_first(server: EmbeddedPostgres) -> None:
            choose(server)
            if not chosen:
                server.port = taken
            chosen.append(server.port)

        monkeypatch.setattr(EmbeddedPostgres, "_choose_port", lose_the_first)
        async with EmbeddedPostgres() as server:
            assert await ask(server, "SELECT 1") == 1
            assert chosen == [taken, server.port]


async def test_a_failed_start_tells_why_and_leaves_nothing_running(own: EmbeddedPostgres) -> None:
    await own.stop()
    version = own.folder / "data" / "PG_VERSION"
    intact = version.read_text()
    version.write_text("9.6\n")
    with pytest.raises(PostgresError, match=r"(?s)stopped while starting.*not compatible"):
        await own.start()
    assert not own.running
    assert not processes(own.folder)
    version.write_text(intact)
    await own.start()
    assert await ask(own, "SELECT 1") == 1

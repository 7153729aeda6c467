import hashlib
import os
import socket
import struct
import threading
from contextlib import ExitStack, suppress

import asyncpg
import pytest

from migration_guide.kit.lab.postgres import EmbeddedPostgres
from migration_guide.kit.lab.proxy import FaultProxy
from migration_guide.kit.lab.waiting import wait_until
from tests.lab.wire import (
    PATIENCE_S,
    SILENCE_S,
    Upstream,
    answer_and_close,
    dial,
    echoed,
    is_silent,
    receive,
    reset,
    upstream,
)


def test_passes_bytes_in_both_directions(client: socket.socket) -> None:
    assert echoed(client, b"and back")


def test_passes_on_a_fin_of_the_upstream_after_its_last_bytes() -> None:
    with (
        upstream(answer_and_close) as closing_server,
        FaultProxy("127.0.0.1", closing_server.port) as proxy,
        dial(proxy) as connection,
    ):
        connection.sendall(b"?")
        assert receive(connection, 3) == b"bye"
        assert connection.recv(1) == b""


def test_passes_on_a_reset_of_the_upstream() -> None:
    with (
        upstream(reset) as resetting,
        FaultProxy("127.0.0.1", resetting.port) as proxy,
        dial(proxy) as connection,
    ):
        connection.sendall(b"?")
        with pytest.raises(ConnectionResetError):
            connection.recv(1)


async def test_passes_on_how_the_client_ends() -> None:
    seen: list[str] = []

    def watch(connection: socket.socket) -> None:
        connection.sendall(b"hello")
        try:
            while connection.recv(1):
                pass
            seen.append("FIN")
        except ConnectionResetError:
            seen.append("RST")

    with upstream(watch) as watching, FaultProxy("127.0.0.1", watching.port) as proxy:
        for linger in (0, 1):
            with dial(proxy) as connection:
                assert receive(connection, 5) == b"hello"
                option = struct.pack("ii", linger, 0)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, option)
            await wait_until(
                lambda count=linger + 1: len(seen) == count,  # type: ignore[misc]
                deadline_s=PATIENCE_S,
                what="the upstream to see the end",
            )
        assert seen == ["FIN", "RST"]
        await wait_until(
            lambda: proxy.open_connections == 0, deadline_s=PATIENCE_S, what="no connection"
        )


def test_a_refusing_upstream_resets_the_client(proxy: FaultProxy, client: socket.socket) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound, not listening: nobody else gets the port
        proxy.upstream = closed.getsockname()
        # By the client's timing, its connect or its first read reports the reset.
        with pytest.raises(ConnectionResetError), dial(proxy) as refused:
            refused.recv(1)
    assert echoed(client)


def test_new_connections_use_a_new_upstream(proxy: FaultProxy, client: socket.socket) -> None:
    with upstream(answer_and_close) as other:
        proxy.upstream = ("127.0.0.1", other.port)
        with dial(proxy) as fresh:
            fresh.sendall(b"?")
            assert receive(fresh, 100) == b"bye"
        assert echoed(client)


async def test_counts_connections(proxy: FaultProxy) -> None:
    assert (proxy.accepted, proxy.open_connections) == (0, 0)
    with dial(proxy) as first, dial(proxy) as second:
        assert echoed(first)
        assert echoed(second)
        assert (proxy.accepted, proxy.open_connections) == (2, 2)
    await wait_until(
        lambda: proxy.open_connections == 0, deadline_s=PATIENCE_S, what="connections to close"
    )
    assert proxy.accepted == 2


def test_counts_no_round_trip_without_an_answer(proxy: FaultProxy, client: socket.socket) -> None:
    assert proxy.round_trips == 1
    proxy.timeout()
    assert is_silent(client)
    assert proxy.round_trips == 1


async def test_counts_the_round_trips_of_an_asyncpg_session(server: EmbeddedPostgres) -> None:
    with FaultProxy(server.host, server.port) as proxy:
        connection: asyncpg.Connection = await asyncpg.connect(
            host=proxy.host,
            port=proxy.port,
            user=server.user,
            password=server.password,
            database="postgres",
            ssl=False,
        )

        marks = [proxy.round_trips]

        def taken() -> int:
            marks.append(proxy.round_trips)
            return marks[-1] - marks[-2]

        await connection.execute("SELECT 1")
        assert taken() == 1
        statement = await connection.prepare("SELECT $1::int")
        assert taken() >= 1
        assert await statement.fetchval(1) == 1
        assert taken() == 1
        async with connection.transaction():
            assert await statement.fetch(2)
        assert taken() == 3
        await connection.close()
    assert proxy.accepted == 1


def test_a_large_transfer_arrives_intact(proxy: FaultProxy, client: socket.socket) -> None:
    sent = os.urandom(2**20) * 32
    sender = threading.Thread(target=client.sendall, args=(sent,))
    sender.start()
    digest, left = hashlib.sha256(), len(sent)
    while left:
        chunk = client.recv(2**18)
        assert chunk
        digest.update(chunk)
        left -= len(chunk)
    sender.join(PATIENCE_S)
    assert digest.digest() == hashlib.sha256(sent).digest()
    assert proxy.open_connections == 1


def test_a_sender_is_held_back_while_the_receiver_does_not_read(
    proxy: FaultProxy, client: socket.socket
) -> None:
    client.settimeout(SILENCE_S)
    with pytest.raises(TimeoutError):
        client.sendall(bytes(256 * 2**20))
    assert proxy.open_connections == 1


def test_serves_a_thousand_connections_at_once(proxy: FaultProxy) -> None:
    with ExitStack() as stack:
        connections = [stack.enter_context(dial(proxy)) for _ in range(1000)]
        assert all(echoed(connection) for connection in connections)
        assert proxy.open_connections == 1000
        proxy.reset_peer()
        assert proxy.open_connections == 0


def test_stopping_resets_connections_ends_the_thread_and_frees_the_port(
    echoing: Upstream,
) -> None:
    threads = threading.active_count()
    proxy = FaultProxy("127.0.0.1", echoing.port)
    assert threading.active_count() == threads + 1
    with dial(proxy) as connection:
        assert echoed(connection)
        proxy.stop()
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
    proxy.stop()
    assert threading.active_count() == threads
    with pytest.raises(ConnectionRefusedError):
        dial(proxy)
    with pytest.raises(RuntimeError, match="stopped"):
        proxy.heal()


async def test_stops_while_connections_pour_in(echoing: Upstream) -> None:
    proxy = FaultProxy("127.0.0.1", echoing.port)
    proxy.timeout()
    with ExitStack() as stack:

        def pour() -> None:
            with suppress(ConnectionError):
                while True:
                    stack.enter_context(dial(proxy))

        pouring = threading.Thread(target=pour)
        pouring.start()
        await wait_until(
            lambda: proxy.accepted > 50, deadline_s=PATIENCE_S, what="connections to pour in"
        )
        proxy.stop()
        pouring.join(PATIENCE_S)
        assert not pouring.is_alive()
    assert proxy.open_connections == 0


def test_shows_where_it_leads(proxy: FaultProxy, echoing: Upstream) -> None:
    assert f"127.0.0.1:{proxy.port} -> 127.0.0.1:{echoing.port}" in repr(proxy)

import re
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from migration_guide.kit.lab.proxy import FaultProxy
from migration_guide.kit.lab.waiting import wait_until
from tests.lab.wire import PATIENCE_S, Upstream, dial, echoed, is_silent, receive, upstream


def test_reset_peer_sends_rst(proxy: FaultProxy, client: socket.socket) -> None:
    proxy.reset_peer()
    with pytest.raises(ConnectionResetError):
        client.recv(1)
    assert proxy.open_connections == 0


def test_close_peer_sends_fin(proxy: FaultProxy, client: socket.socket) -> None:
    proxy.close_peer()
    assert client.recv(1) == b""
    assert proxy.open_connections == 0


def test_close_peer_sends_fin_to_a_client_that_is_just_sending(proxy: FaultProxy) -> None:
    with ExitStack() as stack:
        connections = [stack.enter_context(dial(proxy)) for _ in range(50)]
        for connection in connections:
            assert echoed(connection)
        for connection in connections:
            connection.sendall(b"in flight")
        proxy.close_peer()
        for connection in connections:
            assert receive(connection, 100) in {b"in flight", b""}  # then FIN, not RST


@pytest.mark.parametrize("fault", [FaultProxy.reset_peer, FaultProxy.close_peer])
async def test_ending_clients_ends_the_upstream_too_and_spares_new_connections(
    proxy: FaultProxy,
    client: socket.socket,  # noqa: ARG001 - the connection that the fault ends
    echoing: Upstream,
    fault: Callable[[FaultProxy], None],
) -> None:
    fault(proxy)
    with dial(proxy) as fresh:
        assert echoed(fresh)
        assert len(echoing.connections) == 2
        await wait_until(
            lambda: echoing.connections[0].fileno() == -1,  # closed by its thread
            deadline_s=PATIENCE_S,
            what="the upstream to see the end",
        )


def test_a_black_hole_swallows_everything(proxy: FaultProxy, client: socket.socket) -> None:
    proxy.timeout()
    assert is_silent(client)
    with dial(proxy) as fresh:
        assert is_silent(fresh)
    assert proxy.open_connections >= 1


def test_a_black_hole_takes_more_than_the_buffers_hold(
    proxy: FaultProxy, client: socket.socket
) -> None:
    proxy.timeout()
    client.sendall(bytes(32 * 2**20))
    assert is_silent(client)


def test_a_black_hole_hides_the_death_of_the_upstream(
    proxy: FaultProxy, client: socket.socket, echoing: Upstream
) -> None:
    with dial(proxy) as control:
        assert echoed(control)
        echoing.connections[1].shutdown(socket.SHUT_RDWR)
        assert control.recv(1) == b""
    proxy.timeout()
    echoing.connections[0].shutdown(socket.SHUT_RDWR)
    assert is_silent(client)


def test_a_black_hole_for_existing_connections_spares_new_ones(
    proxy: FaultProxy, client: socket.socket
) -> None:
    proxy.timeout(new=False)
    assert is_silent(client)
    with dial(proxy) as fresh:
        assert echoed(fresh)


def test_a_black_hole_for_new_connections_spares_existing_ones(
    proxy: FaultProxy, client: socket.socket, echoing: Upstream
) -> None:
    proxy.timeout(existing=False)
    assert echoed(client)
    with dial(proxy) as fresh:
        assert is_silent(fresh)
    assert len(echoing.connections) == 1


def test_healing_resets_black_holed_connections_and_lets_new_ones_pass(
    proxy: FaultProxy, client: socket.socket
) -> None:
    proxy.timeout()
    with dial(proxy) as unanswered:
        assert is_silent(unanswered)
        proxy.heal()
        for connection in (client, unanswered):
            with pytest.raises(ConnectionResetError):
                connection.recv(1)
    with dial(proxy) as fresh:
        assert echoed(fresh)


def test_healing_spares_connections_without_a_fault(
    proxy: FaultProxy, client: socket.socket
) -> None:
    proxy.timeout(existing=False)
    proxy.heal()
    assert echoed(client)


def test_latency_delays_each_direction(proxy: FaultProxy, client: socket.socket) -> None:
    proxy.latency(0.1)
    started = time.monotonic()
    assert echoed(client)
    assert time.monotonic() - started >= 0.2
    proxy.heal()
    started = time.monotonic()
    assert echoed(client)
    assert time.monotonic() - started < 0.1


def test_a_latency_is_not_rounded_up_to_milliseconds(
    proxy: FaultProxy, client: socket.socket
) -> None:
    """On Linux's epoll alone each direction takes 1 ms at least, whatever the machine's speed."""
    proxy.latency(0.0002)
    took = []
    for _ in range(200):
        started = time.monotonic()
        assert echoed(client)
        took.append(time.monotonic() - started)
    assert 0.0004 <= min(took) < 0.002


def test_latencies_of_pipelined_chunks_overlap(proxy: FaultProxy, client: socket.socket) -> None:
    one_way, chunks = 0.1, 20
    started = time.monotonic()
    for number in range(chunks):
        # A call turns the proxy's loop, which so reads every byte as a chunk of its own.
        proxy.latency(one_way)
        client.sendall(bytes([number]))
    assert receive(client, chunks) == bytes(range(chunks))
    assert 2 * one_way <= time.monotonic() - started < one_way * chunks / 2


def test_jitter_keeps_the_order(proxy: FaultProxy, client: socket.socket) -> None:
    proxy.latency(0.02, jitter=0.02)
    numbers = bytes(range(200))
    for number in numbers:
        client.sendall(bytes([number]))
    assert receive(client, len(numbers)) == numbers


@pytest.mark.parametrize(("seconds", "jitter"), [(-1.0, 0.0), (1.0, -1.0)])
def test_latency_refuses_negative_values(proxy: FaultProxy, seconds: float, jitter: float) -> None:
    with pytest.raises(ValueError, match="negative"):
        proxy.latency(seconds, jitter)


def test_limit_data_closes_after_exactly_that_many_bytes(
    proxy: FaultProxy, client: socket.socket
) -> None:
    proxy.limit_data(10)
    with dial(proxy) as fresh:
        for connection in (client, fresh):
            connection.sendall(b"0123456")
            assert receive(connection, 7) == b"0123456"
            connection.sendall(b"789abcd")
            assert receive(connection, 100) == b"789"
    proxy.heal()
    with dial(proxy) as healed:
        assert echoed(healed, b"0123456789abcdef")


def test_limit_data_refuses_a_negative_size(proxy: FaultProxy) -> None:
    with pytest.raises(ValueError, match="negative"):
        proxy.limit_data(-1)


def test_a_narrow_bandwidth_lets_answers_drip_and_healing_delivers_the_rest(
    proxy: FaultProxy, client: socket.socket
) -> None:
    message = bytes(range(200))
    proxy.bandwidth(100)
    started = time.monotonic()
    client.sendall(message)
    assert receive(client, 50) == message[:50]
    assert time.monotonic() - started >= 0.45
    proxy.heal("bandwidth")
    assert receive(client, 150) == message[50:]
    assert time.monotonic() - started < 1.5
    assert echoed(client)


def test_bandwidth_refuses_what_is_not_positive(proxy: FaultProxy) -> None:
    with pytest.raises(ValueError, match="positive"):
        proxy.bandwidth(0)


@pytest.mark.parametrize("forwarded", [False, True])
def test_a_connection_is_cut_at_a_message_once(*, forwarded: bool) -> None:
    received = bytearray()

    def record(connection: socket.socket) -> None:
        while data := connection.recv(2**16):
            received.extend(data)
            connection.sendall(data)

    with (
        upstream(record) as serving,
        FaultProxy("127.0.0.1", serving.port) as proxy,
        dial(proxy) as client,
        dial(proxy) as other,
    ):
        proxy.cut_at(re.compile(rb"COMMIT\b"), forwarded=forwarded)
        assert echoed(client, b"READ COMMITTED")
        assert proxy.cuts == 0
        client.sendall(b"COMMIT now")
        with pytest.raises(ConnectionResetError):
            client.recv(1)
        assert proxy.cuts == 1
        assert (b"COMMIT now" in received) is forwarded
        assert echoed(other, b"COMMIT"), "only once, only there"


def test_healing_one_toxic_leaves_the_others(proxy: FaultProxy, client: socket.socket) -> None:
    proxy.latency(0.1)
    proxy.timeout(existing=False)
    proxy.heal("timeout")
    started = time.monotonic()
    assert echoed(client)
    assert time.monotonic() - started >= 0.2
    with dial(proxy) as fresh:
        assert echoed(fresh)


def test_a_watch_tells_when_the_connections_of_its_beginning_are_gone(proxy: FaultProxy) -> None:
    with dial(proxy) as first, dial(proxy) as second:
        assert echoed(first)
        assert echoed(second)
        ended = proxy.watch()
        assert not ended()
        proxy.reset_peer()
        with dial(proxy) as fresh:
            assert echoed(fresh)
            assert ended()

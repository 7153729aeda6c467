"""What a fault proxy carries: links, each of a client connection, an upstream one and two flows.

Everything here belongs to the proxy's event loop. Terms are Toxiproxy's: the upstream is the
server, downstream the direction from the server to the client, a toxic is a fault. Durations are
seconds, sizes bytes.
"""

import asyncio
import enum
import random
import re
import socket
import struct
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

# What one direction holds back at most before its sender is made to wait. With a latency it also
# caps the rate: 1 MiB per delay.
_QUEUE_LIMIT = 2**20
# A FIN is followed by this much reading before the close: closing a socket with unread bytes
# sends a RST after the FIN, which some systems report instead of it.
_LINGER_S = 0.02
_DRIP_S = 0.05  # between two pieces of what arrives slowly
_NO_LINGER = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Cut:
    """Where to reset a connection: at the client's next message in which *pattern* is found.

    Attributes:
        forwarded: not before the server has had the message and answered it.

    """

    pattern: re.Pattern[bytes]
    forwarded: bool


class End(enum.Enum):
    """How a TCP stream ends."""

    FIN = enum.auto()
    RST = enum.auto()


@dataclass
class Traffic:
    """The toxics in force for new data and new connections, and what has passed."""

    upstream: tuple[str, int]
    latency: float = 0.0
    jitter: float = 0.0
    limit: int | None = None
    bytes_per_s: float | None = None
    cut: Cut | None = None
    cuts: int = 0
    black_hole: bool = False
    accepted: int = 0
    round_trips: int = 0
    open: "set[Link]" = field(default_factory=set)
    links: "set[Link]" = field(default_factory=set)

    def delay(self) -> float:
        return max(0.0, self.latency + random.uniform(-self.jitter, self.jitter))  # noqa: S311

    def downstream_rate(self) -> float | None:
        return self.bytes_per_s


class Flow:
    """One direction of a link: bytes and at last an end, each with the time it is due.

    A queue of due times rather than a sleep per chunk: delays of pipelined chunks overlap as
    they do on a wire. No item is due before the one ahead of it, so jitter keeps the order.
    """

    def __init__(
        self, delay: Callable[[], float], rate: Callable[[], float | None] = lambda: None
    ) -> None:
        self.source: asyncio.Transport | None = None
        self.sink: asyncio.Transport | None = None
        self._delay = delay
        self._rate = rate
        self._loop = asyncio.get_running_loop()
        self._queue: deque[tuple[float, bytes | End]] = deque()
        self._size = 0
        self._last_due = 0.0
        self._ended = False
        self._writable = True
        self._timer: asyncio.TimerHandle | None = None

    def feed(self, item: bytes | End) -> None:
        """Send `item` on after the delay; once an end is queued, everything later is swallowed."""
        if self._ended:
            return
        if isinstance(item, End):
            self._ended = True
        else:
            self._size += len(item)
        self._last_due = max(self._last_due, self._loop.time() + self._delay())
        rate = self._rate()
        if rate is None or isinstance(item, End):
            self._queue.append((self._last_due, item))
        else:
            self._drip(item, rate)
        self.pump()

    def hurry(self) -> None:
        """Whatever is queued is due now."""
        self._last_due = self._loop.time()
        self._queue = deque((self._last_due, item) for _, item in self._queue)
        self.pump()

    def _drip(self, data: bytes, rate: float) -> None:
        size = max(1, int(rate * _DRIP_S))
        for start in range(0, len(data), size):
            piece = data[start : start + size]
            self._last_due += len(piece) / rate
            self._queue.append((self._last_due, piece))

    def cut(self) -> None:
        """Lose what is queued and swallow what comes; ends are swallowed too."""
        self._ended = True
        self._queue.clear()
        self._size = 0
        self._throttle()

    def pump(self) -> None:
        """Write what is due as far as the sink takes it."""
        while self.sink is not None and self._writable and self._queue:
            if self.sink.is_closing():  # nobody reads it any more
                self._queue.clear()
                break
            due, item = self._queue[0]
            if due > self._loop.time():
                self._timer = self._timer or self._loop.call_at(due, self._on_due)
                break
            self._queue.popleft()
            if isinstance(item, End):
                end(self.sink, item)
            else:
                self._size -= len(item)
                self.sink.write(item)
        self._throttle()

    def set_writable(self, *, writable: bool) -> None:
        self._writable = writable
        self.pump()

    def _on_due(self) -> None:
        self._timer = None
        self.pump()

    def _throttle(self) -> None:
        if self.source is None:
            return
        if self._size > _QUEUE_LIMIT:
            self.source.pause_reading()
        else:
            self.source.resume_reading()


class Side(asyncio.Protocol):
    """One of the two connections of a link; asyncio has set TCP_NODELAY on it."""

    def __init__(self, link: "Link", *, outgoing: Flow, incoming: Flow) -> None:
        self.transport: asyncio.Transport | None = None
        self._link = link
        self._outgoing = outgoing  # what this side sends
        self._incoming = incoming  # what this side gets

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for the type checker
        self.transport = self._outgoing.source = self._incoming.sink = transport
        self._link.made(self)
        self._incoming.pump()

    def data_received(self, data: bytes) -> None:
        self._link.received(self, data)

    def eof_received(self) -> bool:
        self._link.finish(self)
        return True  # stays open for what is queued towards it; the flow's end closes it

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = self._outgoing.source = self._incoming.sink = None
        self._outgoing.feed(End.FIN if exc is None else End.RST)
        self._link.lost(self)

    def pause_writing(self) -> None:
        self._incoming.set_writable(writable=False)

    def resume_writing(self) -> None:
        self._incoming.set_writable(writable=True)


class Link:
    """A client connection and the upstream connection made for it."""

    def __init__(self, traffic: Traffic) -> None:
        self.black_holed = False
        self.budget = traffic.limit
        self._traffic = traffic
        self._up = Flow(traffic.delay)
        self._down = Flow(traffic.delay, traffic.downstream_rate)
        self.client = Side(self, outgoing=self._up, incoming=self._down)
        self._server = Side(self, outgoing=self._down, incoming=self._up)
        self._dial: asyncio.Task[None] | None = None
        self._asking = False
        self._cut_at_answer = False

    @property
    def upstream_port(self) -> int | None:
        """From which the connection to the upstream comes; None where there is none."""
        transport = self._server.transport
        return None if transport is None else int(transport.get_extra_info("sockname")[1])

    def made(self, side: Side) -> None:
        if side is not self.client:
            return
        traffic = self._traffic
        traffic.accepted += 1
        traffic.links.add(self)
        traffic.open.add(self)
        if traffic.black_hole:
            self.swallow()
        else:
            self._dial = asyncio.create_task(self._connect())
            self._dial.add_done_callback(self._settle)

    def received(self, side: Side, data: bytes) -> None:
        if self.black_holed:
            return
        if side is self.client:
            self._asking = True
            if self._cut_here(data):
                return
            self._up.feed(data)
            return
        if self._cut_at_answer:
            self._traffic.cuts += 1
            self.close(End.RST)
            return
        self._traffic.round_trips += self._asking
        self._asking = False
        if self.budget is None:
            self._down.feed(data)
            return
        self._down.feed(data[: self.budget])
        self.budget = max(0, self.budget - len(data))
        if self.budget == 0:
            self._finish_both()

    def hurry(self) -> None:
        self._up.hurry()
        self._down.hurry()

    def finish(self, side: Side) -> None:
        """`side` has sent FIN: end the pair once what is queued has been delivered."""
        if side is self.client:
            self._traffic.open.discard(self)
        self._finish_both()

    def lost(self, side: Side) -> None:
        if side is self.client:
            self._traffic.open.discard(self)
        self._settle()

    def swallow(self) -> None:
        """Become a black hole: nothing passes in either direction any more, not even an end."""
        self.black_holed = True
        self._cut()

    def close(self, how: End) -> None:
        """End the client's connection now, losing what is queued, and close the upstream's."""
        self._cut()
        if self.client.transport is not None:
            end(self.client.transport, how)
        if self._server.transport is not None:
            self._server.transport.abort()

    def _cut_here(self, data: bytes) -> bool:
        """Whether the connection is reset instead of forwarding *data*."""
        cut = self._traffic.cut
        if cut is None or not cut.pattern.search(data):
            return False
        self._traffic.cut = None
        if cut.forwarded:
            self._cut_at_answer = True
            return False
        self._traffic.cuts += 1
        self.close(End.RST)
        return True

    def _cut(self) -> None:
        if self._dial is not None:
            self._dial.cancel()
        self._up.cut()
        self._down.cut()

    def _finish_both(self) -> None:
        self._up.feed(End.FIN)
        self._down.feed(End.FIN)

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: self._server, *self._traffic.upstream)
        except OSError:
            # The client's connection stands already; a RST is the nearest to "refused".
            self.close(End.RST)

    def _settle(self, _: object = None) -> None:
        """Forget the link once neither connection is left."""
        dialing = self._dial is not None and not self._dial.done()
        if not dialing and self.client.transport is None and self._server.transport is None:
            self._traffic.links.discard(self)


def end(transport: asyncio.Transport, how: End) -> None:
    """Send FIN after what was written, or RST at once, and close."""
    if transport.is_closing():
        return
    if how is End.RST:
        sock: socket.socket = transport.get_extra_info("socket")
        with suppress(OSError):  # the other side was quicker
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        transport.abort()
        return
    with suppress(OSError):
        transport.write_eof()
    asyncio.get_running_loop().call_later(_LINGER_S, transport.close)

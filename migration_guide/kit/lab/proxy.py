"""A TCP proxy that can break its connections: Toxiproxy's toxics, per connection, in Python."""

import asyncio
import re
import threading
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import Future
from contextlib import suppress
from types import TracebackType
from typing import Any, Literal, Self, TypeVar, get_args

from migration_guide.kit.lab.links import Cut, End, Link, Traffic
from migration_guide.kit.lab.timers import precise_event_loop
from migration_guide.kit.lab.waiting import wait_until

T = TypeVar("T")

Toxic = Literal["timeout", "latency", "bandwidth", "limit_data", "cut_at"]

_BACKLOG = 1024  # a pool of hundreds connects in one burst
_CLOSE_S = 2.0
_CALL_S = 10.0


class FaultProxy:
    """A proxy for one TCP server; listens from construction until `stop`.

    It runs on a thread and event loop of its own, so that a busy or blocked program does not
    slow the network it measures. Its methods may be called from any thread; they take effect
    before they return, within milliseconds, and raise RuntimeError after `stop`.

    The kernel completes a client's handshake before the proxy can ask the upstream. When the
    upstream refuses, the client therefore sees a reset at once, in its connect or first read:
    the nearest to a closed port that a proxy in user space can show. Otherwise the proxy passes
    on what either side does: bytes, FIN as FIN, RST as RST. A FIN ends both directions, once what
    had arrived by then is delivered.
    """

    host = "127.0.0.1"

    def __init__(self, upstream_host: str, upstream_port: int, *, port: int = 0) -> None:
        """Listen on *port*, by default a free one; raise OSError when that cannot be done."""
        self._traffic = Traffic((upstream_host, upstream_port))
        self._stopping = asyncio.Event()
        listening: Future[tuple[asyncio.AbstractEventLoop, int]] = Future()
        self._thread = threading.Thread(
            target=self._run, args=(listening, port), name="fault-proxy", daemon=True
        )
        self._thread.start()
        self._loop, self.port = listening.result(_CALL_S)

    def __repr__(self) -> str:
        host, port = self.upstream
        return f"<FaultProxy {self.host}:{self.port} -> {host}:{port}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def upstream(self) -> tuple[str, int]:
        """Host and port that new connections are forwarded to; may be set at any time."""
        return self._traffic.upstream

    @upstream.setter
    def upstream(self, address: tuple[str, int]) -> None:
        self._traffic.upstream = address

    @property
    def accepted(self) -> int:
        """Client connections accepted so far."""
        return self._traffic.accepted

    @property
    def open_connections(self) -> int:
        """Client connections that neither the client nor the proxy has ended."""
        return len(self._traffic.open)

    @property
    def upstream_ports(self) -> list[int]:
        """From which the connections to the upstream come."""
        ports = (link.upstream_port for link in frozenset(self._traffic.links))
        return [port for port in ports if port is not None]

    def watch(self) -> Callable[[], bool]:
        """Tell whether the client connections that are open now have all been ended."""
        watched = frozenset(self._traffic.open)
        return lambda: watched.isdisjoint(self._traffic.open)

    @property
    def round_trips(self) -> int:
        """Round trips so far, over all connections.

        A round trip opens with the first bytes a client sends on a new connection or after the
        server's last bytes, and counts once, when the server's first bytes after it arrive.
        Messages pipelined before the answer are one round trip, as they cost one latency.
        """
        return self._traffic.round_trips

    def reset_peer(self) -> None:
        """Send RST on every open client connection and close those to the upstream."""
        self._call(lambda: self._close(self._traffic.links, End.RST))

    def close_peer(self) -> None:
        """Send FIN on every open client connection and close those to the upstream.

        Bytes that a latency still held back are lost.
        """
        self._call(lambda: self._close(self._traffic.links, End.FIN))

    def timeout(self, *, existing: bool = True, new: bool = True) -> None:
        """Turn connections into black holes, as a cable pulled or a firewall dropping packets.

        `existing` ones stay open while everything on them is swallowed in both directions, FIN
        and RST included; `new` ones are accepted and never answered, nor made upstream. Bytes
        already handed to the kernel still arrive. Lasts until `heal`.
        """

        async def swallow() -> None:
            self._traffic.black_hole |= new
            if existing:
                for link in self._traffic.links:
                    link.swallow()

        self._call(swallow)

    def latency(self, seconds: float, jitter: float = 0.0) -> None:
        """Delay bytes and ends by `seconds` in each direction, evenly spread by +/- `jitter`.

        Order is kept and pipelined bytes overlap. Opening a connection is not delayed. What the
        proxy itself takes comes on top. Raises ValueError on negative values.
        """
        if seconds < 0 or jitter < 0:
            raise ValueError("a latency and its jitter are not negative")

        async def delay() -> None:
            self._traffic.latency, self._traffic.jitter = seconds, jitter

        self._call(delay)

    def limit_data(self, size: int) -> None:
        """Close each connection with FIN after `size` more bytes from the server to the client.

        Counted per connection, from now on. Raises ValueError on a negative size.
        """
        if size < 0:
            raise ValueError("a size is not negative")
        self._call(lambda: self._set_limit(size))

    def bandwidth(self, bytes_per_s: float) -> None:
        """Let what the server sends arrive slowly, as a drip, on each connection.

        Raises ValueError unless it is positive.
        """
        if bytes_per_s <= 0:
            raise ValueError("a bandwidth is positive")

        async def narrow() -> None:
            self._traffic.bytes_per_s = bytes_per_s

        self._call(narrow)

    def cut_at(self, pattern: re.Pattern[bytes], *, forwarded: bool) -> None:
        """Reset the connection on which a client next sends a message that `pattern` is found in.

        The message itself is lost, or, if `forwarded`, reaches the server, whose answer is lost.
        It happens once, then `cuts` is one more.
        """

        async def arm() -> None:
            self._traffic.cut = Cut(pattern, forwarded)

        self._call(arm)

    @property
    def cuts(self) -> int:
        """How often `cut_at` has reset a connection."""
        return self._traffic.cuts

    def heal(self, *toxics: Toxic) -> None:
        """Remove the toxics that are named, or all of them.

        Black-holed connections are reset, never resumed: bytes are missing from their streams.
        """
        names = toxics or get_args(Toxic)

        async def heal() -> None:
            traffic = self._traffic
            if "latency" in names:
                traffic.latency = traffic.jitter = 0.0
            if "cut_at" in names:
                traffic.cut = None
            if "limit_data" in names:
                await self._set_limit(None)
            if "bandwidth" in names:
                traffic.bytes_per_s = None
                for link in traffic.links:
                    link.hurry()
            if "timeout" in names:
                traffic.black_hole = False
                await self._close((link for link in traffic.links if link.black_holed), End.RST)

        self._call(heal)

    def stop(self) -> None:
        """Close the listener, reset every connection and end the thread; a second call is a no-op.

        Raises TimeoutError when the thread does not end within 10 s.
        """
        with suppress(RuntimeError):  # the loop is closed already
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(_CALL_S)
        if self._thread.is_alive():
            raise TimeoutError(f"{self} did not stop within {_CALL_S:g} s")

    def _call(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run `work` on the proxy's loop and return what it returns."""
        if not self._thread.is_alive():
            raise RuntimeError(f"{self} is stopped")
        return asyncio.run_coroutine_threadsafe(work(), self._loop).result(_CALL_S)

    def _run(self, listening: "Future[tuple[asyncio.AbstractEventLoop, int]]", port: int) -> None:
        with asyncio.Runner(loop_factory=precise_event_loop) as runner:
            runner.run(self._serve(listening, port))

    async def _serve(
        self, listening: "Future[tuple[asyncio.AbstractEventLoop, int]]", port: int
    ) -> None:
        loop = asyncio.get_running_loop()
        try:
            server = await loop.create_server(
                lambda: Link(self._traffic).client, self.host, port, backlog=_BACKLOG
            )
        except OSError as error:
            listening.set_exception(error)
            return
        listening.set_result((loop, server.sockets[0].getsockname()[1]))
        await self._stopping.wait()
        # Closed while it accepts, asyncio's server would lose that connection, unclosed: stop
        # watching the listener first.
        for listener in server.sockets:
            loop.remove_reader(listener)
        await self._close_all()
        server.close()

    async def _close_all(self) -> None:
        self._traffic.black_hole = True  # connections that are just being accepted dial no more
        await self._close(self._traffic.links, End.RST)
        if accepting := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(accepting, timeout=_CLOSE_S)
        await self._close(self._traffic.links, End.RST)

    async def _close(self, links: Iterable[Link], how: End) -> None:
        """Close `links` and wait for their sockets: a RST is only sent by closing.

        Bounded: a client that does not read may keep its own FIN waiting.
        """
        closing = set(links)
        for link in closing:
            link.close(how)
        with suppress(TimeoutError):
            await wait_until(
                lambda: closing.isdisjoint(self._traffic.links),
                deadline_s=_CLOSE_S,
                every_s=0.001,
                what="sockets to close",
            )

    async def _set_limit(self, size: int | None) -> None:
        self._traffic.limit = size
        for link in self._traffic.links:
            link.budget = size

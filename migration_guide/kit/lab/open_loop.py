"""Requests at a fixed rate, whatever the answers do (an open loop), each of them recorded.

A client that waits for an answer before it sends the next request stops measuring just when the
service stops answering ("coordinated omission"); this one keeps its schedule.
"""

import asyncio
import contextlib
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, Literal, Self

import aiohttp

Outcome = Literal["ok", "failed", "hung"]


@dataclass(slots=True)
class Request:
    """One request and what came of it; times are `time.monotonic` seconds."""

    kind: str
    start: float
    end: float | None = None
    outcome: Outcome | None = None  # None: still waiting, or given up by the client
    status: int | None = None  # None: no answer
    cause: str = ""  # of a failure: the problem's detail, or the broken connection's error
    order: dict[str, Any] | None = None  # the body that was sent
    order_id: int | None = None  # what a 201 said
    attempt: int = 1  # of an order: from 2 on, repetitions under the same key
    retry_after_s: float | None = None
    served_by: str | None = None  # X-Served-By: which of several has answered

    @property
    def latency_s(self) -> float | None:
        return None if self.end is None else self.end - self.start

    @property
    def unsettled(self) -> bool:
        """Whether a client that needs to know has to ask again: no answer, or a 5xx."""
        return self.outcome != "ok" and (self.status is None or self.status >= 500)


@dataclass
class OpenLoop(ABC):
    """A client of one service.

    Args:
        url: of the service.
        rate: requests a second.
        deadline_s: a request without an answer by then has hung.
        record: is told each request at its end, also if it was given up.

    Attributes:
        history: every request, repetitions included, in the order in which they were sent.
        late_s: by how much a request was sent after its time at most: what this machine was too
            busy for, and not the service.

    """

    url: str
    rate: float
    deadline_s: float
    record: Callable[[Request], None] = field(default=lambda _: None, kw_only=True)
    history: list[Request] = field(default_factory=list, init=False)
    late_s: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self._waiting: set[asyncio.Task[None]] = set()
        self._errors: list[BaseException] = []
        self._sender: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            base_url=self.url,
            # A new connection each: a kept one may be closed by the server just as it is used,
            # and that would look like a failure of the service.
            connector=aiohttp.TCPConnector(force_close=True, limit=0),
            cookie_jar=aiohttp.CookieJar(unsafe=True),  # takes cookies of an IP address
            timeout=aiohttp.ClientTimeout(total=self.deadline_s),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
        await end(self._waiting)
        await self._session.close()

    @property
    def requests(self) -> list[Request]:
        """Those of the schedule, without repetitions."""
        return [request for request in self.history if request.attempt == 1]

    def start(self) -> None:
        """Send from now on, if not already, until `stop`."""
        if self._sender is None:
            self._sender = asyncio.create_task(self._send())

    async def stop(self) -> None:
        """Send nothing more; what is in flight goes on, see `drain`."""
        if self._sender is not None:
            await end({self._sender})
            self._sender = None

    @contextlib.asynccontextmanager
    async def sending(self) -> AsyncIterator[None]:
        """Send while the block runs."""
        self.start()
        try:
            yield
        finally:
            await self.stop()

    async def send_for(self, seconds: float) -> None:
        async with self.sending():
            await asyncio.sleep(seconds)

    def burst(self, count: int) -> None:
        """Send *count* requests at once, beside the schedule and recorded like it."""
        for _ in range(count):
            self._send_next()

    async def drain(self) -> None:
        """Wait until every request of the schedule is answered or has hung.

        An error of this program's in any of them is raised here.
        """
        if self._waiting:
            await asyncio.wait(self._waiting)
        if self._errors:
            raise self._errors[0]

    async def get(self, path: str) -> int | None:
        """One request outside the record; its status, None where there is no answer."""
        try:
            async with self._session.get(path, allow_redirects=False) as response:
                await response.read()
                return response.status
        except (aiohttp.ClientError, TimeoutError):
            return None

    @abstractmethod
    def next_request(self) -> Request:
        """What is sent next; it starts now."""

    @abstractmethod
    def call(self, request: Request) -> Any:
        """Begin the request: aiohttp's context manager."""

    @abstractmethod
    async def judge(self, request: Request, response: aiohttp.ClientResponse) -> None:
        """Read the answer, and set the request's outcome.

        Raises:
            ValueError: it is not what it should be.

        """

    async def follow_up(self, request: Request) -> None:  # noqa: B027 -- most do nothing
        """What a client does about an answer."""

    async def perform(self, request: Request) -> None:
        """Send it and wait for what comes of it."""
        self.history.append(request)
        try:
            await self._ask(request)
            request.end = time.monotonic()
        finally:
            self.record(request)

    async def _send(self) -> None:
        start, sent = time.monotonic(), 0
        while True:
            due = start + sent / self.rate
            await asyncio.sleep(due - time.monotonic())
            self.late_s = max(self.late_s, time.monotonic() - due)
            self._send_next()
            sent += 1

    def _send_next(self) -> None:
        self.keep(self._perform_and_follow_up(self.next_request()), self._waiting)

    def keep(self, work: Coroutine[Any, Any, None], tasks: set[asyncio.Task[None]]) -> None:
        """Let it go on among *tasks* until it ends; `drain` raises its error."""

        def forget(task: asyncio.Task[None]) -> None:
            tasks.discard(task)
            if not task.cancelled() and (error := task.exception()):
                self._errors.append(error)

        task = asyncio.create_task(work)
        tasks.add(task)
        task.add_done_callback(forget)

    async def _perform_and_follow_up(self, request: Request) -> None:
        await self.perform(request)
        await self.follow_up(request)

    async def _ask(self, request: Request) -> None:
        try:
            # aiohttp's own timeout, from 5 s on, ends at a whole second of the loop's clock.
            async with asyncio.timeout(self.deadline_s), self.call(request) as response:
                request.status = response.status
                request.served_by = response.headers.get("X-Served-By")
                request.retry_after_s = retry_after_s(response.headers.get("Retry-After"))
                await self.judge(request, response)
                request.cause = _printable(request.cause)
        except TimeoutError:
            request.outcome, request.status = "hung", None
        except (aiohttp.ClientError, ValueError) as error:
            request.outcome, request.status = "failed", None
            request.cause = type(error).__name__


def retry_after_s(header: str | None) -> float | None:
    """In how many seconds to ask again; None where it is not said (RFC 9110, 10.2.3).

    Beside whole seconds and dates, fractions are understood.
    """
    if header is None:
        return None
    if header.replace(".", "", 1).isdecimal():
        return float(header)
    try:
        at = parsedate_to_datetime(header)
    except ValueError:
        return None
    return max(0.0, at.timestamp() - time.time())


def _printable(text: str) -> str:
    """What a service says may hold anything: bytes that are no text, or a terminal's commands."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)


async def end(tasks: set[asyncio.Task[None]]) -> None:
    ending = list(tasks)
    for task in ending:
        task.cancel()
    await asyncio.gather(*ending, return_exceptions=True)

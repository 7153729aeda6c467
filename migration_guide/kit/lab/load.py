"""Requests at a fixed rate, whatever the answers do (an open loop), each of them recorded.

A client that waits for an answer before it sends the next request stops measuring just when the
service stops answering ("coordinated omission"); this one keeps its schedule. Beside it, what
became of each order is found out as a careful client does: an order without an answer is sent again
under its Idempotency-Key.
"""

import asyncio
import contextlib
import random
import time
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Literal, Self

import aiohttp

from migration_guide.kit.lab import demo

Outcome = Literal["ok", "failed", "hung"]
Kind = Literal["list-products", "show-product", "create-order", "show-order", "list-orders"]

# Two writes in six, so that a short run has some on both sides of a fault.
MIX: tuple[Kind, ...] = (
    "list-products",
    "create-order",
    "show-product",
    "create-order",
    "list-orders",
    "show-order",
)

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 2.0
"""Between two attempts where the service names no time; doubled each time in between."""
JITTER = 0.25
"""By which share of itself a pause may be longer, so that clients do not come back all at once."""


@dataclass(slots=True)
class Request:
    """One request and what came of it; times are `time.monotonic` seconds."""

    kind: Kind
    start: float
    end: float | None = None
    outcome: Outcome | None = None  # None: still waiting, or given up by the client
    status: int | None = None  # None: no answer
    cause: str = ""  # of a failure: the problem's detail, or the broken connection's error
    order: dict[str, Any] | None = None  # the body that was sent
    order_id: int | None = None  # what a 201 said
    attempt: int = 1  # of an order: from 2 on, repetitions under the same key
    retry_after_s: float | None = None

    @property
    def latency_s(self) -> float | None:
        return None if self.end is None else self.end - self.start

    @property
    def unsettled(self) -> bool:
        """Whether a client that needs to know has to ask again: no answer, or a 5xx."""
        return self.outcome != "ok" and (self.status is None or self.status >= 500)


@dataclass
class Load:
    """A client of one service.

    Args:
        url: of the service.
        rate: requests a second.
        deadline_s: a request without an answer by then has hung.
        seed: of the products and quantities that are ordered, and of the pauses.
        record: is told each request at its end, also if it was given up.

    Attributes:
        history: every request, repetitions included, in the order in which they were sent.
        late_s: by how much a request was sent after its time at most: what this machine was too
            busy for, and not the service.

    """

    url: str
    rate: float
    deadline_s: float
    seed: int
    record: Callable[[Request], None] = lambda _: None
    history: list[Request] = field(default_factory=list, init=False)
    late_s: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 -- reproducible, not secret
        self._pauses = random.Random(self.seed)  # noqa: S311 -- of its own: retries change no order
        self._waiting: set[asyncio.Task[None]] = set()
        self._insisting: set[asyncio.Task[None]] = set()
        self._sender: asyncio.Task[None] | None = None
        self._sent = 0
        self._last_order_id: int | None = None

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
        await _end(self._waiting)
        await _end(self._insisting)
        await self._session.close()

    @property
    def requests(self) -> list[Request]:
        """Those of the schedule: each order once."""
        return [request for request in self.history if request.attempt == 1]

    @property
    def orders(self) -> dict[str, dict[str, Any]]:
        """The bodies that were sent, by reference."""
        return {
            request.order["reference"]: request.order for request in self.history if request.order
        }

    @property
    def acknowledged(self) -> dict[str, int]:
        """The ids that the service told, by reference."""
        return {
            request.order["reference"]: request.order_id
            for request in self.history
            if request.order and request.order_id is not None
        }

    async def log_in(self) -> None:
        """Log in as the demo customer, whose session the requests then bear."""
        credentials = {"email": demo.EMAIL, "password": demo.PASSWORD}
        async with self._session.post("/session", json=credentials) as response:
            response.raise_for_status()

    def start(self) -> None:
        """Send from now on, if not already, until `stop`."""
        if self._sender is None:
            self._sender = asyncio.create_task(self._send())

    async def stop(self) -> None:
        """Send nothing more; what is in flight goes on, see `drain`."""
        if self._sender is not None:
            await _end({self._sender})
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
        """Wait until every request of the schedule is answered or has hung."""
        if self._waiting:
            await asyncio.wait(self._waiting)

    async def settle(self, deadline_s: float) -> None:
        """Give the orders that are being repeated *deadline_s* seconds to be acknowledged."""
        if self._insisting:
            await asyncio.wait(self._insisting, timeout=deadline_s)
        await _end(self._insisting)

    async def place(self, order: dict[str, Any]) -> Request:
        """Send an order, once; it is recorded even if the client gives up half-way."""
        request = Request("create-order", time.monotonic(), order=order)
        self.history.append(request)
        await self._perform(request)
        return request

    async def get(self, path: str) -> int | None:
        """One request outside the record; its status, None where there is no answer."""
        try:
            async with self._session.get(path) as response:
                await response.read()
                return response.status
        except (aiohttp.ClientError, TimeoutError):
            return None

    def new_order(self, *product_ids: int) -> dict[str, Any]:
        """The body of an order; its reference is also its Idempotency-Key.

        Of up to three products drawn from the demo data, or of those that are given.
        """
        numbers = product_ids or tuple(
            self._random.sample(range(1, 11), k=self._random.randint(1, 3))
        )
        lines = [
            {"product_id": number, "quantity": self._random.randint(1, 5)} for number in numbers
        ]
        return {"lines": lines, "reference": str(uuid.uuid4())}

    async def _send(self) -> None:
        start, sent = time.monotonic(), 0
        while True:
            due = start + sent / self.rate
            await asyncio.sleep(due - time.monotonic())
            self.late_s = max(self.late_s, time.monotonic() - due)
            self._send_next()
            sent += 1

    def _send_next(self) -> None:
        kind = MIX[self._sent % len(MIX)]
        self._sent += 1
        request = Request(kind, time.monotonic())
        if kind == "create-order":
            request.order = self.new_order()
        self.history.append(request)
        _keep(self._perform_and_insist(request), self._waiting)

    async def _perform_and_insist(self, request: Request) -> None:
        await self._perform(request)
        if request.order is not None and request.unsettled:
            _keep(self._insist(request), self._insisting)

    async def _insist(self, request: Request) -> None:
        """Repeat an order until its outcome is known."""
        while request.unsettled:
            await asyncio.sleep(self._pause_s(request))
            request = Request(
                "create-order", time.monotonic(), order=request.order, attempt=request.attempt + 1
            )
            self.history.append(request)
            await self._perform(request)

    def _pause_s(self, request: Request) -> float:
        """As the service tells (Retry-After), else longer each time."""
        pause_s = request.retry_after_s
        if pause_s is None:
            pause_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** (request.attempt - 1))
        return pause_s * self._pauses.uniform(1, 1 + JITTER)

    async def _perform(self, request: Request) -> None:
        try:
            await self._ask(request)
            request.end = time.monotonic()
        finally:
            self.record(request)

    async def _ask(self, request: Request) -> None:
        try:
            # aiohttp's own timeout, from 5 s on, ends at a whole second of the loop's clock.
            async with asyncio.timeout(self.deadline_s), self._call(request) as response:
                request.status = response.status
                if seconds := response.headers.get("Retry-After"):
                    request.retry_after_s = float(seconds)
                self._judge(request, await response.json(content_type=None))
        except TimeoutError:
            request.outcome, request.status = "hung", None
        except (aiohttp.ClientError, ValueError) as error:
            request.outcome, request.status = "failed", None
            request.cause = type(error).__name__

    def _judge(self, request: Request, body: dict[str, Any]) -> None:
        if request.kind == "create-order" and request.status == 201:
            request.order_id = self._last_order_id = body["id"]
            request.outcome = "ok"
        elif request.status == 200:
            request.outcome = "ok"
        else:
            request.outcome = "failed"
            request.cause = f"{request.status} {body.get('detail', '')}"

    def _call(self, request: Request) -> Any:
        match request.kind:
            case "list-products":
                return self._session.get("/products")
            case "show-product":
                return self._session.get("/products/1")
            case "list-orders":
                return self._session.get("/orders?per_page=5")
            case "show-order":
                if self._last_order_id is None:
                    return self._session.get("/orders?per_page=1")
                return self._session.get(f"/orders/{self._last_order_id}")
            case "create-order":
                order = request.order or {}
                headers = {"Idempotency-Key": order["reference"]}
                return self._session.post("/orders", json=order, headers=headers)


def _keep(work: Coroutine[Any, Any, None], tasks: set[asyncio.Task[None]]) -> None:
    task = asyncio.create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)


async def _end(tasks: set[asyncio.Task[None]]) -> None:
    ending = list(tasks)
    for task in ending:
        task.cancel()
    await asyncio.gather(*ending, return_exceptions=True)

"""Requests at a fixed rate, whatever the answers do (an open loop), each of them recorded.

A client that waits for an answer before it sends the next request stops measuring just when the
service stops answering ("coordinated omission"); this one keeps its schedule.
"""

import asyncio
import contextlib
import random
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Literal, Self

import aiohttp

from migration_guide.kit.lab import demo

Outcome = Literal["ok", "failed", "hung"]
Kind = Literal["list-products", "show-product", "create-order", "show-order", "list-orders"]

# Two writes in five, so that a short run has some on both sides of a fault.
MIX: tuple[Kind, ...] = (
    "list-products",
    "create-order",
    "show-product",
    "create-order",
    "list-orders",
    "show-order",
)


@dataclass(slots=True)
class Request:
    """One request and what came of it; times are `time.monotonic` seconds."""

    kind: Kind
    start: float
    end: float | None = None
    outcome: Outcome | None = None  # None: still waiting
    status: int | None = None  # None: no answer
    cause: str = ""  # of a failure: the problem's detail, or the broken connection's error
    order: dict[str, Any] | None = None  # the body that was sent
    order_id: int | None = None  # what a 201 said

    @property
    def latency_s(self) -> float | None:
        return None if self.end is None else self.end - self.start


@dataclass
class Load:
    """A client of one service.

    Args:
        url: of the service.
        rate: requests a second.
        deadline_s: a request without an answer by then has hung.
        seed: of the products and quantities that are ordered.

    """

    url: str
    rate: float
    deadline_s: float
    seed: int
    requests: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 -- reproducible, not secret
        self._waiting: set[asyncio.Task[None]] = set()
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
        for task in self._waiting:
            task.cancel()
        await asyncio.gather(*self._waiting, return_exceptions=True)
        await self._session.close()

    async def log_in(self) -> None:
        """Log in as the demo customer, whose session the requests then bear."""
        credentials = {"email": demo.EMAIL, "password": demo.PASSWORD}
        async with self._session.post("/session", json=credentials) as response:
            response.raise_for_status()

    @contextlib.asynccontextmanager
    async def sending(self) -> AsyncIterator[None]:
        """Send while the block runs; what is in flight at its end goes on, see `drain`."""
        sender = asyncio.create_task(self._send())
        try:
            yield
        finally:
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)

    async def send_for(self, seconds: float) -> None:
        async with self.sending():
            await asyncio.sleep(seconds)

    async def drain(self) -> None:
        """Wait until every request is answered or has hung."""
        if self._waiting:
            await asyncio.wait(self._waiting)

    async def repeat(self, order: dict[str, Any]) -> int | None:
        """Send an order again under its Idempotency-Key; the id it has, None if none is told."""
        request = Request("create-order", time.monotonic(), order=order)
        await self._perform(request)
        return request.order_id

    async def get(self, path: str) -> int | None:
        """One request outside the record; its status, None where there is no answer."""
        try:
            async with self._session.get(path) as response:
                await response.read()
                return response.status
        except (aiohttp.ClientError, TimeoutError):
            return None

    async def _send(self) -> None:
        start, sent = time.monotonic(), 0
        while True:
            await asyncio.sleep(start + sent / self.rate - time.monotonic())
            kind = MIX[sent % len(MIX)]
            request = Request(kind, time.monotonic())
            if kind == "create-order":
                request.order = self.new_order()
            self.requests.append(request)
            task = asyncio.create_task(self._perform(request))
            self._waiting.add(task)
            task.add_done_callback(self._waiting.discard)
            sent += 1

    def new_order(self) -> dict[str, Any]:
        """The body of an order; its reference is also its Idempotency-Key."""
        lines = [
            {"product_id": number, "quantity": self._random.randint(1, 5)}
            for number in self._random.sample(range(1, 11), k=self._random.randint(1, 3))
        ]
        return {"lines": lines, "reference": str(uuid.uuid4())}

    async def _perform(self, request: Request) -> None:
        try:
            # aiohttp's own timeout, from 5 s on, ends at a whole second of the loop's clock.
            async with asyncio.timeout(self.deadline_s), self._call(request) as response:
                body = await response.json(content_type=None)
                request.status = response.status
                self._judge(request, body)
        except TimeoutError:
            request.outcome = "hung"
        except (aiohttp.ClientError, ValueError) as error:
            request.outcome, request.cause = "failed", type(error).__name__
        request.end = time.monotonic()

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

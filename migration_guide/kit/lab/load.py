"""The load of the order desk: the requests of a customer, who insists on each order.

What became of each order is found out as a careful client does: an order without an answer is sent
again under its Idempotency-Key.
"""

import asyncio
import random
import time
import uuid
from dataclasses import dataclass, field
from typing import Any, Literal

import aiohttp

from migration_guide.kit.lab import demo
from migration_guide.kit.lab.open_loop import OpenLoop, Request, end

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


@dataclass
class Load(OpenLoop):
    """A client of an order desk.

    Args:
        seed: of the products and quantities that are ordered, and of the pauses.
        email: of the customer.

    """

    seed: int
    email: str = field(default=demo.EMAIL, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._random = random.Random(self.seed)  # noqa: S311 -- reproducible, not secret
        self._pauses = random.Random(self.seed)  # noqa: S311 -- of its own: retries change no order
        self._insisting: set[asyncio.Task[None]] = set()
        self._sent = 0
        self._last_order_id: int | None = None

    async def __aexit__(self, *exception: object) -> None:
        await end(self._insisting)
        await super().__aexit__(*exception)

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
        """Log in as the customer, whose session the requests then bear."""
        credentials = {"email": self.email, "password": demo.PASSWORD}
        async with self._session.post("/session", json=credentials) as response:
            response.raise_for_status()

    async def settle(self, deadline_s: float) -> None:
        """Give the orders that are being repeated *deadline_s* seconds to be acknowledged."""
        if self._insisting:
            await asyncio.wait(self._insisting, timeout=deadline_s)
        await end(self._insisting)
        await self.drain()

    async def place(self, order: dict[str, Any]) -> Request:
        """Send an order, once; it is recorded even if the client gives up half-way."""
        request = Request("create-order", time.monotonic(), order=order)
        await self.perform(request)
        return request

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

    def next_request(self) -> Request:
        kind = MIX[self._sent % len(MIX)]
        self._sent += 1
        request = Request(kind, time.monotonic())
        if kind == "create-order":
            request.order = self.new_order()
        return request

    async def follow_up(self, request: Request) -> None:
        if request.order is not None and request.unsettled:
            self.keep(self._insist(request), self._insisting)

    async def _insist(self, request: Request) -> None:
        """Repeat an order until its outcome is known."""
        while request.unsettled:
            await asyncio.sleep(self._pause_s(request))
            request = Request(
                "create-order", time.monotonic(), order=request.order, attempt=request.attempt + 1
            )
            await self.perform(request)

    def _pause_s(self, request: Request) -> float:
        """As the service tells (Retry-After), else longer each time."""
        pause_s = request.retry_after_s
        if pause_s is None:
            pause_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** (request.attempt - 1))
        return pause_s * self._pauses.uniform(1, 1 + JITTER)

    async def judge(self, request: Request, response: aiohttp.ClientResponse) -> None:
        body: dict[str, Any] = await response.json(content_type=None) or {}
        if request.kind == "create-order" and request.status == 201:
            request.order_id = self._last_order_id = body["id"]
            request.outcome = "ok"
        elif request.status == 200:
            request.outcome = "ok"
        else:
            request.outcome = "failed"
            request.cause = f"{request.status} {body.get('detail', '')}".rstrip()

    def call(self, request: Request) -> Any:
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
            case _:
                order = request.order or {}
                headers = {"Idempotency-Key": order["reference"]}
                return self._session.post("/orders", json=order, headers=headers)

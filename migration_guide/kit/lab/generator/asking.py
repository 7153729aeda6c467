"""What the clients of both loops have in common: their session, their requests, what is told."""

import json
import math
import random
import sys
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

from migration_guide.kit.lab import demo
from migration_guide.kit.lab.generator.order import Kind
from migration_guide.kit.lab.load import MIX

PRODUCTS = 10
MOST_LINES = 3


@dataclass(frozen=True)
class Call:
    """One request."""

    method: str
    path: str
    body: dict[str, Any] | None = None
    key: str | None = None  # Idempotency-Key


class Customer:
    """What the demo customer asks for, one request after the other.

    Attributes:
        headers: of each request.
        last_order_id: of an order that was acknowledged; to be told.

    """

    def __init__(self, kind: Kind, seed: int) -> None:
        self._kind = kind
        self._random = random.Random(seed)  # noqa: S311 -- which product is asked for
        self._asked = 0
        self.headers: dict[str, str] = {}
        self.last_order_id: int | None = None

    async def log_in(self, session: aiohttp.ClientSession) -> None:
        """Where what is asked for needs it.

        Raises:
            aiohttp.ClientError, TimeoutError: the service lets nobody log in.

        """
        if self._kind in ("live", "product"):
            return
        credentials = {"email": demo.EMAIL, "password": demo.PASSWORD}
        async with session.post("/session", json=credentials) as response:
            response.raise_for_status()
            self.headers["Cookie"] = "; ".join(
                f"{name}={morsel.value}" for name, morsel in response.cookies.items()
            )

    def next(self) -> Call:
        if self._kind == "mixed":
            return self._next_of_mix()
        product_id = self._random.randint(1, PRODUCTS)
        match self._kind:
            case "live":
                return Call("GET", "/health/live")
            case "product":
                return Call("GET", f"/products/{product_id}")
            case "order":
                lines = [{"product_id": product_id, "quantity": 1}]
                return Call("POST", "/orders", {"reference": "bench", "lines": lines})
            case "report":
                return Call("GET", "/reports/sales")

    def _next_of_mix(self) -> Call:
        kind = MIX[self._asked % len(MIX)]
        self._asked += 1
        match kind:
            case "list-products":
                return Call("GET", "/products")
            case "show-product":
                return Call("GET", f"/products/{self._random.randint(1, PRODUCTS)}")
            case "list-orders":
                return Call("GET", "/orders?per_page=5")
            case "show-order":
                if self.last_order_id is None:
                    return Call("GET", "/orders?per_page=1")
                return Call("GET", f"/orders/{self.last_order_id}")
            case "create-order":
                numbers = self._random.sample(
                    range(1, PRODUCTS + 1), k=self._random.randint(1, MOST_LINES)
                )
                lines = [
                    {"product_id": number, "quantity": self._random.randint(1, 5)}
                    for number in numbers
                ]
                key = str(uuid.uuid4())
                return Call("POST", "/orders", {"reference": key, "lines": lines}, key)


def quantile_ms(times: Sequence[float], share: float) -> float | None:
    """The nearest-rank quantile of seconds; None of nothing."""
    if not times:
        return None
    return round(sorted(times)[max(0, math.ceil(share * len(times)) - 1)] * 1000, 2)


def tell(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()

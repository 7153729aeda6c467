"""The process that asks: many clients of one service, each with one request at a time.

Such a closed loop shows what a service can serve; `lab.load`, an open one, shows what clients miss
meanwhile. A client that is refused comes back when the service has told it to.

Reads an order from each line of stdin, a JSON object; answers with lines: ``begin`` and ``end`` of
the time that counts, then the sample. Run as ``python -m migration_guide.kit.bench.http.load``.
"""

import asyncio
import json
import math
import random
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from typing import Any, Literal

import aiohttp

from migration_guide.kit.lab import demo

Kind = Literal["live", "product", "order", "report"]

DEADLINE_S = 30.0
"""A request without an answer by then has hung."""
PRODUCTS = 10


@dataclass(frozen=True)
class Order:
    """What is asked of a service.

    Attributes:
        url: of the service.
        kind: of the requests.
        clients: how many.
        warm_up_s: seconds that do not count.
        seconds: that do. Then every client ends what it has begun.
        burst: each client begins at the same moment and wants one answer; what counts is the time
            from then until the last has it.

    """

    url: str
    kind: Kind
    clients: int
    warm_up_s: float
    seconds: float
    burst: bool = False

    def as_json(self) -> str:
        return json.dumps(asdict(self))


@dataclass
class Tally:
    """What became of the requests of one order; times are seconds."""

    ok: int = 0
    shed: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    with_retries: list[float] = field(default_factory=list)
    seconds: float = 0.0
    busy: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """Rates a second, times in ms; ``busy`` is the share of a processor that asking took."""
        return {
            "ok": self.ok,
            "shed": self.shed,
            "hung": self.failures["hung"],
            "failed": self.failures.total() - self.failures["hung"],
            "causes": dict(self.failures),
            "seconds": round(self.seconds, 3),
            "per_second": round(self.ok / self.seconds, 1),
            "median_ms": _milliseconds(self.latencies, 0.5),
            "p99_ms": _milliseconds(self.latencies, 0.99),
            "p99_with_retries_ms": _milliseconds(self.with_retries, 0.99),
            "load_busy": round(self.busy, 2),
        }


def _milliseconds(times: list[float], quantile: float) -> float | None:
    """The nearest-rank quantile; None of nothing."""
    if not times:
        return None
    return round(sorted(times)[math.ceil(quantile * len(times)) - 1] * 1000, 2)


class Clients:
    """Those of one order."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._tally = Tally()
        self._random = random.Random(order.clients)  # noqa: S311 -- which product is asked for
        self._counts = False
        self._over = asyncio.Event()
        self._headers: dict[str, str] = {}

    async def run(self) -> dict[str, Any]:
        """Ask as ordered.

        Raises:
            aiohttp.ClientError, TimeoutError: the service lets nobody log in.

        """
        order = self._order
        async with aiohttp.ClientSession(
            base_url=order.url,
            connector=aiohttp.TCPConnector(limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=DEADLINE_S),
        ) as self._session:
            if order.kind in ("order", "report"):
                self._headers["Cookie"] = await self._log_in()
            if order.burst:
                await self._burst()
            else:
                await self._steady()
        return self._tally.as_dict()

    async def _log_in(self) -> str:
        credentials = {"email": demo.EMAIL, "password": demo.PASSWORD}
        async with self._session.post("/session", json=credentials) as response:
            response.raise_for_status()
            return "; ".join(f"{name}={morsel.value}" for name, morsel in response.cookies.items())

    async def _steady(self) -> None:
        async with asyncio.TaskGroup() as clients:
            for _ in range(self._order.clients):
                clients.create_task(self._ask_on())
            await asyncio.sleep(self._order.warm_up_s)
            begin = self._begin()
            await asyncio.sleep(self._order.seconds)
            self._end(begin)

    async def _burst(self) -> None:
        await self._connect()
        begin = self._begin()
        async with asyncio.TaskGroup() as clients:
            for _ in range(self._order.clients):
                clients.create_task(self._ask())
        self._end(begin)

    async def _connect(self) -> None:
        """A connection for each client, as a load balancer keeps them.

        To make them takes this process longer than the service needs to refuse the requests.
        """
        responses = await asyncio.gather(
            *(self._session.get("/health/live") for _ in range(self._order.clients))
        )
        for response in responses:  # not before all are there: a free connection is used again
            await response.read()

    def _begin(self) -> tuple[float, float]:
        self._counts = True
        tell({"begin": True})
        return time.perf_counter(), time.process_time()

    def _end(self, begin: tuple[float, float]) -> None:
        self._counts = False
        self._over.set()
        self._tally.seconds = time.perf_counter() - begin[0]
        self._tally.busy = (time.process_time() - begin[1]) / self._tally.seconds
        tell({"end": True})

    async def _ask_on(self) -> None:
        while not self._over.is_set():
            await self._ask()

    async def _ask(self) -> None:
        """Ask until there is an answer, or an error."""
        tally, first = self._tally, time.perf_counter()
        while True:
            start = time.perf_counter()
            try:
                status, retry_after_s = await self._send()
            except (aiohttp.ClientError, TimeoutError) as error:
                hung = isinstance(error, TimeoutError)
                tally.failures["hung" if hung else type(error).__name__] += 1
                return
            now = time.perf_counter()
            if status < 300:
                if self._counts:
                    tally.ok += 1
                    tally.latencies.append(now - start)
                if self._counts or self._over.is_set():
                    tally.with_retries.append(now - first)
                return
            if status != 503 or retry_after_s is None:
                tally.failures[str(status)] += 1
                return
            tally.shed += self._counts
            await asyncio.sleep(retry_after_s + self._random.random())

    async def _send(self) -> tuple[int, float | None]:
        method, path, body = self._request()
        async with self._session.request(
            method, path, json=body, headers=self._headers
        ) as response:
            await response.read()
            retry_after = response.headers.get("Retry-After")
            return response.status, None if retry_after is None else float(retry_after)

    def _request(self) -> tuple[str, str, dict[str, Any] | None]:
        product_id = self._random.randint(1, PRODUCTS)
        match self._order.kind:
            case "live":
                return "GET", "/health/live", None
            case "product":
                return "GET", f"/products/{product_id}", None
            case "order":
                lines = [{"product_id": product_id, "quantity": 1}]
                return "POST", "/orders", {"reference": "bench", "lines": lines}
            case "report":
                return "GET", "/reports/sales", None


def tell(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def main() -> None:
    factory = None
    if find_spec("uvloop"):  # it asks more, for the same time
        import uvloop

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        for line in sys.stdin:
            try:
                sample = runner.run(Clients(Order(**json.loads(line))).run())
            except (aiohttp.ClientError, TimeoutError) as error:
                tell({"error": f"Cannot log in: {str(error) or type(error).__name__}"})
                sys.exit(1)
            tell({"sample": sample})


if __name__ == "__main__":
    main()

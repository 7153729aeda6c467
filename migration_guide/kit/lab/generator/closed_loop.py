"""Many clients of one service, each with one request at a time.

A client that is refused comes back when the service has told it to.
"""

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from migration_guide.kit.lab.generator.asking import Customer, quantile_ms, tell
from migration_guide.kit.lab.generator.order import Order


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
            "median_ms": quantile_ms(self.latencies, 0.5),
            "p99_ms": quantile_ms(self.latencies, 0.99),
            "p99_with_retries_ms": quantile_ms(self.with_retries, 0.99),
            "load_busy": round(self.busy, 2),
        }


class Clients:
    """Those of one order."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._tally = Tally()
        self._customer = Customer(order.kind, seed=order.clients)
        self._random = random.Random(order.clients)  # noqa: S311 -- when a client comes back
        self._counts = False
        self._over = asyncio.Event()

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
            timeout=aiohttp.ClientTimeout(total=order.deadline_s),
        ) as self._session:
            await self._customer.log_in(self._session)
            if order.burst:
                await self._burst()
            else:
                await self._steady()
        return self._tally.as_dict()

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
        call = self._customer.next()
        async with self._session.request(
            call.method, call.path, json=call.body, headers=self._customer.headers
        ) as response:
            await response.read()
            retry_after = response.headers.get("Retry-After")
            return response.status, None if retry_after is None else float(retry_after)

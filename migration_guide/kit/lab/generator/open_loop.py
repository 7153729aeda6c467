"""Many clients of one service, whose requests are sent when they are due.

Gil Tene's remedy for coordinated omission, as in wrk2: while a service stands still, requests go on
falling due, and each of them counts from then. A client that is refused does not come back, since
that would be a request beside the schedule.
"""

import asyncio
import contextlib
import gc
import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import aiohttp

from migration_guide.kit.lab.generator.asking import Call, Customer, quantile_ms, tell
from migration_guide.kit.lab.generator.order import Order
from migration_guide.kit.lab.load_results import BINS, bin_of

Outcome = Literal["ok", "shed", "failed", "hung"]
OUTCOMES: tuple[Outcome, ...] = ("ok", "shed", "failed", "hung")

REFUSED = "Too many requests"
"""How a service begins that sheds load. Another 503 bears Retry-After too: the database is away."""

KEEP_ALIVE_S = 1.5
"""A service may close a connection just as it is used again after a longer pause (gunicorn, by
default, after 2 s), and that would look like a failure."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request; seconds, *due_s* and *end_s* from the beginning of what counts."""

    due_s: float
    late_s: float
    end_s: float
    outcome: Outcome
    cause: str = ""

    @property
    def latency_s(self) -> float:
        return self.end_s - self.due_s


class OpenLoop:
    """The clients of one order, each with a connection of its own, or more if one is in use."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._customer = Customer(order.kind, order.seed)
        self._asked: list[Asked] = []
        self._begin = 0.0
        self._busy = 0.0

    async def run(self) -> dict[str, Any]:
        """Ask as ordered.

        Raises:
            aiohttp.ClientError, TimeoutError: the service lets nobody log in.

        """
        order = self._order
        async with contextlib.AsyncExitStack() as stack:
            sessions = [
                await stack.enter_async_context(_new_session(order)) for _ in range(order.clients)
            ]
            async with asyncio.timeout(order.deadline_s):
                await self._customer.log_in(sessions[0])
            with _no_pauses():
                await self._ask_all(sessions)
        return summarise(order, self._asked) | {"generator_busy": round(self._busy, 3)}

    async def _ask_all(self, sessions: list[aiohttp.ClientSession]) -> None:
        order = self._order
        self._begin = time.perf_counter() + order.warm_up_s
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._send(sessions, tasks))
            await self._until(0)
            tell({"begin": self._begin})
            processor_s = time.process_time()
            await self._until(order.seconds)
            tell({"end": True})
            self._busy = (time.process_time() - processor_s) / order.seconds

    async def _send(self, sessions: list[aiohttp.ClientSession], tasks: asyncio.TaskGroup) -> None:
        order = self._order
        assert order.rate  # noqa: S101 -- it is what makes the loop an open one
        number = 0
        while (due_s := number / order.rate - order.warm_up_s) < order.seconds:
            await self._until(due_s)
            session, call = sessions[number % len(sessions)], self._customer.next()
            tasks.create_task(self._ask(session, call, due_s))
            number += 1

    async def _ask(self, session: aiohttp.ClientSession, call: Call, due_s: float) -> None:
        late_s = self._now_s() - due_s
        outcome: Outcome = "failed"
        cause = ""
        try:
            async with asyncio.timeout(due_s + self._order.deadline_s - self._now_s()):
                outcome, cause = await self._call(session, call)
        except TimeoutError:
            outcome = "hung"
        except (aiohttp.ClientError, ValueError) as error:
            cause = type(error).__name__
        self._asked.append(Asked(due_s, late_s, self._now_s(), outcome, cause))

    async def _call(self, session: aiohttp.ClientSession, call: Call) -> tuple[Outcome, str]:
        headers = self._customer.headers
        if call.key is not None:
            headers = {**headers, "Idempotency-Key": call.key}
        async with session.request(
            call.method, call.path, json=call.body, headers=headers
        ) as response:
            if response.status < 300:
                await response.read()
                if call.key is not None:
                    self._customer.last_order_id = (await response.json())["id"]
                return "ok", ""
            detail = _detail(await response.text())
            if response.status == 503 and detail.startswith(REFUSED):
                return "shed", ""
            return "failed", f"{response.status} {detail}".rstrip()

    async def _until(self, at_s: float) -> None:
        await asyncio.sleep(max(0.0, at_s - self._now_s()))

    def _now_s(self) -> float:
        return time.perf_counter() - self._begin


def _detail(body: str) -> str:
    """Of a problem (RFC 9457); empty where there is none."""
    try:
        problem = json.loads(body)
    except ValueError:
        return ""
    return str(problem.get("detail", "")) if isinstance(problem, dict) else ""


@contextlib.contextmanager
def _no_pauses() -> Iterator[None]:
    """No garbage is collected while the block runs: it would make requests late."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _new_session(order: Order) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        base_url=order.url,
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE_S),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(),  # each request has its own
    )


def summarise(order: Order, asked: Iterable[Asked]) -> dict[str, Any]:
    """The figures of those that were due in the time that counts; see `LoadStep`."""
    asked = list(asked)
    counted = [one for one in asked if one.due_s >= 0]
    succeeded = [one.latency_s for one in counted if one.outcome == "ok"]
    histogram = [0] * BINS
    for latency_s in succeeded:
        histogram[bin_of(latency_s * 1000)] += 1
    late = [one.late_s for one in counted]
    in_time = sum(one.outcome == "ok" and 0 <= one.end_s < order.seconds for one in asked)
    return {
        "offered_per_second": round(len(counted) / order.seconds, 1),
        "per_second": round(in_time / order.seconds, 1),
        **{outcome: sum(one.outcome == outcome for one in counted) for outcome in OUTCOMES},
        "causes": dict(Counter(one.cause for one in counted if one.outcome == "failed")),
        "p50_ms": quantile_ms(succeeded, 0.5),
        "p90_ms": quantile_ms(succeeded, 0.9),
        "p99_ms": quantile_ms(succeeded, 0.99),
        "max_ms": quantile_ms(succeeded, 1),
        "histogram": histogram,
        "lateness_p99_ms": quantile_ms(late, 0.99),
        "lateness_max_ms": quantile_ms(late, 1),
        "timeline": _timeline(order, counted),
    }


def _timeline(order: Order, counted: list[Asked]) -> list[dict[str, Any]] | None:
    if order.slice_s is None:
        return None
    slices: list[list[Asked]] = [[] for _ in range(max(1, round(order.seconds / order.slice_s)))]
    for one in counted:
        slices[min(int(one.due_s / order.slice_s), len(slices) - 1)].append(one)
    return [
        {
            "at_s": round(number * order.slice_s, 3),
            **{outcome: sum(one.outcome == outcome for one in due) for outcome in OUTCOMES},
            "worst_ms": quantile_ms([one.latency_s for one in due if one.outcome != "hung"], 1),
        }
        for number, due in enumerate(slices)
    ]

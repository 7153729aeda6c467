"""The process that measures. While it takes times, the server and a delaying proxy are elsewhere.

Reads its orders, a JSON object, from stdin; writes a JSON line for each variant counted, each round
trip measured, each sample and each finished round, or an error. Run as
``python -m migration_guide.kit.bench.worker``.
"""

import asyncio
import contextlib
import json
import statistics
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from typing import Any

import asyncpg
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from migration_guide.kit.bench.clients import Client, connected
from migration_guide.kit.bench.variants import BY_NAME, OPERATIONS, VARIANTS, Operation, Variant
from migration_guide.kit.lab.measuring import MeasuringError
from migration_guide.kit.lab.proxy import FaultProxy

WORKER = "migration_guide.kit.bench.worker"
"""How this process is named, also where it runs as ``__main__``."""

WARM_UP = 20
WARM_UP_OF_MANY = 8
"""Of each of several tasks, which share a smaller pool: statements are prepared by then too
(psycopg 3 prepares a statement that it has seen five times)."""
COUNTED = 4  # the fewest of so many: statements are prepared by then
ROUND_TRIPS_TIMED = 200
ERRORS = (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)


@dataclass(frozen=True)
class Orders:
    """What to time.

    Attributes:
        urls: of the database, by delay in ms; with a delay, by way of a proxy that makes it.
        variants: names.
        tasks: how many work at the same time, one setting after the other.
        rounds: samples of each.
        slice_s: seconds that a sample takes, about.
        loop: ``asyncio`` or ``uvloop``.

    """

    urls: dict[str, str]
    variants: list[str]
    tasks: list[int]
    rounds: int
    slice_s: float
    loop: str

    def as_json(self) -> str:
        return json.dumps(asdict(self))


async def work(orders: Orders) -> None:
    await _count_all(next(iter(orders.urls.values())))
    steps = len(orders.urls) * len(orders.tasks) * orders.rounds
    done = 0
    for delay, url in orders.urls.items():
        _tell({"round_trip": {"delay_ms": float(delay), "us": await _round_trip_us(url)}})
        for tasks in orders.tasks:
            for number in range(orders.rounds):
                # Each round begins with another variant, so that none has a place of its own. Each
                # has its pool for its turn alone: all of them would be too many for the server.
                first = number % len(orders.variants)
                for name in orders.variants[first:] + orders.variants[:first]:
                    where = {"delay_ms": float(delay), "tasks": tasks, "round": number}
                    async with _client(BY_NAME[name], url, tasks) as client:
                        await _turn(client, tasks, orders.slice_s, {"variant": name, **where})
                done += 1
                _tell({"progress": [done, steps]})


async def _count_all(url: str) -> None:
    """Count round trips with a proxy in this process: it takes time from what is not timed yet."""
    direct = make_url(url)
    with FaultProxy(direct.host or "127.0.0.1", direct.port or 5432) as proxy:
        proxied = direct.set(host=proxy.host, port=proxy.port)
        for variant in VARIANTS:
            url = proxied.render_as_string(hide_password=False)
            async with _client(variant, url, tasks=1) as client:
                counts = {each: await _count(client, each, proxy) for each in OPERATIONS}
            _tell({"counted": {"variant": variant.name, "round_trips": counts}})


async def _count(client: Client, operation: Operation, proxy: FaultProxy) -> int:
    seen = []
    for _ in range(COUNTED):
        before = proxy.round_trips
        await client.run(operation, 0, 1)
        seen.append(proxy.round_trips - before)
    return min(seen)


@contextlib.asynccontextmanager
async def _client(variant: Variant, url: str, tasks: int) -> AsyncIterator[Client]:
    try:
        async with connected(variant, url, tasks) as client:
            yield client
    except ERRORS as error:
        cause = getattr(error, "orig", None) or error
        raise MeasuringError(f"{variant.name}: {str(cause) or type(cause).__name__}") from error


async def _round_trip_us(url: str) -> float:
    """What a round trip takes here, whatever the delay is meant to be: a proxy adds its own."""
    connection = await asyncpg.connect(url)
    times = []
    for _ in range(ROUND_TRIPS_TIMED):
        start = time.perf_counter()
        await connection.execute("SELECT 1")
        times.append(time.perf_counter() - start)
    await connection.close()
    return statistics.median(times) * 1e6


async def _turn(client: Client, tasks: int, slice_s: float, about: dict[str, Any]) -> None:
    for operation in OPERATIONS:
        warm_up = WARM_UP if tasks == 1 else WARM_UP_OF_MANY
        seconds = await _timed(client, operation, tasks, warm_up)  # also tells the pace
        times = max(1, round(slice_s / (seconds / warm_up)))
        seconds = await _timed(client, operation, tasks, times)
        count = times * tasks
        _tell({"sample": {**about, "operation": operation, "us": seconds / count * 1e6}})


async def _timed(client: Client, operation: Operation, tasks: int, times: int) -> float:
    start = time.perf_counter()
    if tasks == 1:
        await client.run(operation, 0, times)
    else:
        await asyncio.gather(*(client.run(operation, task, times) for task in range(tasks)))
    return time.perf_counter() - start


def _tell(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def main() -> None:
    orders = Orders(**json.loads(sys.stdin.readline()))
    factory = None
    if orders.loop == "uvloop":
        import uvloop

        factory = uvloop.new_event_loop
    try:
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(work(orders))
    except (MeasuringError, *ERRORS) as error:
        _tell({"error": str(error) or type(error).__name__})
        sys.exit(1)


if __name__ == "__main__":
    main()

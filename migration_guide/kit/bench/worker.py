"""The process that is timed. It has nothing else to do: server and proxy are elsewhere.

Reads its orders, a JSON object, from stdin; writes a JSON line for each round trip measured and
each finished round and, at the end, one with all samples. Run as
``python -m migration_guide.kit.bench.worker``.
"""

import asyncio
import json
import statistics
import sys
import time
from dataclasses import asdict, dataclass
from typing import Any

import asyncpg

from migration_guide.kit.bench.clients import Client, connected
from migration_guide.kit.bench.variants import BY_NAME, OPERATIONS, Operation

WARM_UP = 20


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
    samples: list[dict[str, Any]] = []
    steps = len(orders.urls) * len(orders.tasks) * orders.rounds
    done = 0
    for delay, url in orders.urls.items():
        _tell({"round_trip": {"delay_ms": float(delay), "us": await _round_trip_us(url)}})
        for tasks in orders.tasks:
            for number in range(orders.rounds):
                # Each round begins with another variant, so that none has a place of its own. Each
                # has its pool for its turn alone: all of them would be too many for the server.
                for name in orders.variants[number:] + orders.variants[:number]:
                    async with connected(BY_NAME[name], url, tasks) as client:
                        samples += [
                            {"delay_ms": float(delay), "tasks": tasks, "variant": name, **sample}
                            for sample in await _round(client, tasks, orders.slice_s)
                        ]
                done += 1
                _tell({"progress": [done, steps]})
    _tell({"samples": samples})


async def _round_trip_us(url: str) -> float:
    """What a round trip takes here, whatever the delay is meant to be: a proxy adds its own."""
    connection = await asyncpg.connect(url)
    times = []
    for _ in range(200):
        start = time.perf_counter()
        await connection.execute("SELECT 1")
        times.append(time.perf_counter() - start)
    await connection.close()
    return statistics.median(times) * 1e6


async def _round(client: Client, tasks: int, slice_s: float) -> list[dict[str, Any]]:
    samples = []
    for operation in OPERATIONS:
        seconds = await _timed(client, operation, tasks, WARM_UP)  # also tells the pace
        times = max(1, round(slice_s / (seconds / WARM_UP)))
        seconds = await _timed(client, operation, tasks, times)
        count = times * tasks
        samples.append({"operation": operation, "us": seconds / count * 1e6, "count": count})
    return samples


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
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(work(orders))


if __name__ == "__main__":
    main()

"""``port-kit bench``: counts round trips here, lets a process of its own take the times."""

import asyncio
import contextlib
import json
import os
import platform
import signal
import statistics
import sys
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from migration_guide.kit import interrupts
from migration_guide.kit.bench import variants
from migration_guide.kit.bench.clients import SCHEMA, connected
from migration_guide.kit.bench.variants import OPERATIONS, VARIANTS, Variant
from migration_guide.kit.bench.worker import Orders
from migration_guide.kit.failures import EnvironmentFailure
from migration_guide.kit.lab import server as servers
from migration_guide.kit.lab.postgres import PostgresError
from migration_guide.kit.lab.proxy import FaultProxy
from migration_guide.kit.report.bench import BenchReport

DATABASE = "port_kit_bench"
DELAY_MS = 1.0
"""Network delay of a round trip, half of it each way. The proxy's event loop rounds it up to whole
milliseconds and takes its own time, so what a round trip really took is measured too."""
TASKS = (1, 32)
QUICK_TASKS = (1, 4)
COUNTED = 4  # the fewest of so many: statements are prepared by then
END_TIMEOUT_S = 5.0
PACKAGES = ("sqlalchemy", "asyncpg", "psycopg2-binary", "psycopg")

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Request:
    """The options of the command, as given."""

    json_file: Path | None
    quick: bool
    loop: str | None
    server_url: str | None

    @property
    def event_loop(self) -> str:
        return self.loop or ("uvloop" if find_spec("uvloop") else "asyncio")


def main(request: Request) -> int:
    """Measure and report; the exit code.

    Raises:
        click.ClickException: an environment in which it cannot run (code 2).

    """
    report = BenchReport(results_to_stderr=request.json_file == Path("-"))
    try:
        document = interrupts.run(_bench(request, report.tell))
    except interrupts.InterruptedRunError as interruption:
        return interruption.exit_code
    except (PostgresError, servers.ServerError, *servers.CONNECTION_ERRORS) as error:
        raise EnvironmentFailure(str(error) or type(error).__name__) from None
    finally:
        report.close()
    report.show(document)
    if request.json_file == Path("-"):
        click.echo(json.dumps(document, indent=2))
    elif request.json_file is not None:
        request.json_file.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return 0


async def _bench(request: Request, tell: Tell) -> dict[str, Any]:
    source = (
        servers.embedded()
        if request.server_url is None
        else servers.external(request.server_url, allow_faults=False)
    )
    name = f"{DATABASE}_{os.getpid()}"
    async with source as server, server.database(name):
        async with server.connect(name) as connection:
            await connection.execute(SCHEMA)
        with FaultProxy(server.host, server.port) as proxy:
            proxied = server.url(name, via=(proxy.host, proxy.port))
            tell("Counting round trips")
            round_trips = {
                variant.name: await _count(variant, proxied, proxy) for variant in VARIANTS
            }
            proxy.latency(DELAY_MS / 2000)
            orders = Orders(
                urls={"0": server.url(name), str(DELAY_MS): proxied},
                variants=[variant.name for variant in VARIANTS if variant.timed],
                tasks=list(QUICK_TASKS if request.quick else TASKS),
                rounds=1 if request.quick else 7,
                slice_s=0.005 if request.quick else 0.1,
                loop=request.event_loop,
            )
            samples, trips = await _time(orders, tell)
        return {
            "run": _run_info(request, orders, await server.version()) | {"network": trips},
            "round_trips": round_trips,
            "times": _summarise(samples),
            "ratios": ratios(samples),
        }


async def _count(variant: Variant, url: str, proxy: FaultProxy) -> dict[str, int]:
    counts: dict[str, int] = {}
    async with connected(variant, url, tasks=1) as client:
        for operation in OPERATIONS:
            seen = []
            for _ in range(COUNTED):
                before = proxy.round_trips
                await client.run(operation, 0, 1)
                seen.append(proxy.round_trips - before)
            counts[operation] = min(seen)
    return counts


async def _time(orders: Orders, tell: Tell) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Let the worker measure; it is gone afterwards. Its samples and the network's round trips."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "migration_guide.kit.bench.worker"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
        limit=2**24,  # the samples are one line
    )
    try:
        assert process.stdin is not None  # noqa: S101 -- PIPE
        assert process.stdout is not None  # noqa: S101
        process.stdin.write(orders.as_json().encode() + b"\n")
        samples: list[dict[str, Any]] = []
        trips: list[dict[str, Any]] = []
        async for line in process.stdout:
            message = json.loads(line)
            if "progress" in message:
                done, steps = message["progress"]
                tell(f"Timing, {done} of {steps} rounds")
            if "round_trip" in message:
                trips.append(message["round_trip"])
            samples = message.get("samples", samples)
        if await process.wait() or not samples:
            raise servers.ServerError("The measuring process failed; what it said stands above.")
        return samples, trips
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await asyncio.shield(process.wait())


def _run_info(request: Request, orders: Orders, postgresql: str) -> dict[str, Any]:
    return {
        "versions": {"python": platform.python_version(), "postgresql": postgresql}
        | {name: version(name) for name in PACKAGES},
        "machine": {"system": platform.platform(), "cpus": os.cpu_count()},
        "loop": orders.loop,
        "rounds": orders.rounds,
        "quick": request.quick,
        "baseline": variants.NAIVE_PORT,
        "settings": {
            variant.name: {"driver": variant.driver, "options": _plain(variant.options)}
            for variant in VARIANTS
        },
    }


def _plain(options: Any) -> Any:
    return {key: dict(value) if hasattr(value, "keys") else value for key, value in options.items()}


def _summarise(samples: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Median and spread of each series, in the order in which they were taken."""
    summary = []
    for (delay, tasks, name, operation), times in _series(samples).items():
        median = statistics.median(times)
        low, high = (
            (statistics.quantiles(times, n=4)[i] for i in (0, 2)) if len(times) > 1 else times * 2
        )
        summary.append(
            {
                "delay_ms": delay,
                "tasks": tasks,
                "variant": name,
                "operation": operation,
                "median_us": round(median, 1),
                "quartiles_us": [round(low, 1), round(high, 1)],
                "per_second": round(1e6 / median, 1),
            }
        )
    return summary


def ratios(samples: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """How many times the reads per second of one variant are those of another.

    Medians over the rounds of the ratio within each round, since what disturbs the machine
    disturbs the variants of a round alike.
    """
    series = _series(samples)
    found = []
    for delay, tasks in dict.fromkeys((delay, tasks) for delay, tasks, _, _ in series):
        for name, of, against in PAIRS:
            fast, slow = (series[delay, tasks, each, "read"] for each in (of, against))
            quotients = [b / a for a, b in zip(fast, slow, strict=True)]
            found.append(
                {
                    "name": name,
                    "delay_ms": delay,
                    "tasks": tasks,
                    "of": of,
                    "against": against,
                    "median": round(statistics.median(quotients), 2),
                    "least": round(min(quotients), 2),
                    "most": round(max(quotients), 2),
                }
            )
    return found


PAIRS = (
    ("whole", variants.IN_AUTOCOMMIT, variants.NAIVE_PORT),
    ("engine", variants.IN_TRANSACTION, variants.NAIVE_PORT),
    ("autocommit", variants.IN_AUTOCOMMIT, variants.IN_TRANSACTION),
    ("autocommit_alone", variants.STOCK_AUTOCOMMIT, variants.NAIVE_PORT),
    ("raw_pool", variants.RAW_POOL, variants.IN_AUTOCOMMIT),
    ("psycopg2", variants.IN_AUTOCOMMIT, "psycopg2, same-settings"),
)


def _series(
    samples: list[dict[str, Any]],
) -> dict[tuple[float, int, str, str], list[float]]:
    series = defaultdict(list)
    for sample in samples:
        key = sample["delay_ms"], sample["tasks"], sample["variant"], sample["operation"]
        series[key].append(sample["us"])
    return dict(series)

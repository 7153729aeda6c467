"""``port-kit bench``: wires a server, a proxy that delays, the measuring process and the report."""

import os
import platform
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

from migration_guide.kit.bench import variants
from migration_guide.kit.bench.clients import SCHEMA
from migration_guide.kit.bench.request import Request
from migration_guide.kit.bench.results import Results
from migration_guide.kit.bench.variants import VARIANTS
from migration_guide.kit.bench.worker import WORKER, Orders
from migration_guide.kit.failures import EnvironmentFailure
from migration_guide.kit.lab import server as servers
from migration_guide.kit.lab.measuring import Measuring
from migration_guide.kit.lab.proxy import FaultProxy
from migration_guide.kit.measurement import carry_out
from migration_guide.kit.report.bench import BenchReport

DATABASE = "port_kit_bench"
DELAY_MS = 1.0
"""Network delay of a round trip, half of it each way. The proxy takes its own time on top, so what
a round trip really took is measured too."""
TASKS = (1, 32)
QUICK_TASKS = (1, 4)
PACKAGES = ("sqlalchemy", "asyncpg", "psycopg2-binary", "psycopg")

Tell = Callable[[str], None]


def main(request: Request) -> int:
    """Measure and report; the exit code.

    Raises:
        click.ClickException: an environment in which it cannot run (code 2).

    """
    if _event_loop(request) == "uvloop" and not find_spec("uvloop"):
        raise EnvironmentFailure("--loop uvloop: uvloop is not installed: pip install uvloop")
    report = BenchReport(results_to_stderr=request.to_stdout)
    results = Results()
    work = _bench(request, report.tell, results)
    return carry_out(work, report, results, request.json_file)


def _event_loop(request: Request) -> str:
    return request.loop or ("uvloop" if find_spec("uvloop") else "asyncio")


async def _bench(request: Request, tell: Tell, results: Results) -> None:
    name = f"{DATABASE}_{os.getpid()}"
    async with servers.chosen(request.server_url) as server, server.database(name):
        async with server.connect(name) as connection:
            await connection.execute(SCHEMA)
        with FaultProxy(server.host, server.port) as proxy:
            proxy.latency(DELAY_MS / 2000)
            proxied = server.url(name, via=(proxy.host, proxy.port))
            orders = Orders(
                urls={"0": server.url(name), str(DELAY_MS): proxied},
                variants=[variant.name for variant in VARIANTS if variant.timed],
                tasks=list(QUICK_TASKS if request.quick else TASKS),
                rounds=1 if request.quick else 7,
                slice_s=0.005 if request.quick else 0.1,
                loop=_event_loop(request),
            )
            results.run = _run_info(request, orders, await server.version())
            tell("Counting round trips")
            async with Measuring(WORKER) as measuring:
                async for message in measuring.messages(orders):
                    results.receive(message)
                    if "progress" in message:
                        tell("Timing, {} of {} rounds".format(*message["progress"]))
    results.interrupted = False


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

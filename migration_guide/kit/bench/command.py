"""``port-kit bench``: wires a server, a proxy that delays, the measuring process and the report."""

import os
import platform
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from migration_guide.kit import interrupts
from migration_guide.kit.bench import variants
from migration_guide.kit.bench.clients import SCHEMA
from migration_guide.kit.bench.process import Measuring
from migration_guide.kit.bench.results import Results
from migration_guide.kit.bench.variants import VARIANTS
from migration_guide.kit.bench.worker import MeasuringError, Orders
from migration_guide.kit.failures import EnvironmentFailure
from migration_guide.kit.lab import server as servers
from migration_guide.kit.lab.postgres import PostgresError
from migration_guide.kit.lab.proxy import FaultProxy
from migration_guide.kit.report.bench import BenchReport
from migration_guide.kit.report.json import write

DATABASE = "port_kit_bench"
DELAY_MS = 1.0
"""Network delay of a round trip, half of it each way. The proxy takes its own time on top, so what
a round trip really took is measured too."""
TASKS = (1, 32)
QUICK_TASKS = (1, 4)
PACKAGES = ("sqlalchemy", "asyncpg", "psycopg2-binary", "psycopg")
ENVIRONMENT_ERRORS = (
    *(PostgresError, servers.ServerError, MeasuringError),
    *servers.CONNECTION_ERRORS,
)

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
    """Measure and report; the exit code. What an interrupted run has measured is reported too.

    Raises:
        click.ClickException: an environment in which it cannot run (code 2).

    """
    if request.event_loop == "uvloop" and not find_spec("uvloop"):
        raise EnvironmentFailure("--loop uvloop: uvloop is not installed: pip install uvloop")
    report = BenchReport(results_to_stderr=request.json_file == Path("-"))
    results = Results()
    try:
        interrupts.run(_bench(request, report.tell, results))
    except interrupts.InterruptedRunError as interruption:
        return interruption.exit_code
    except ENVIRONMENT_ERRORS as error:
        raise EnvironmentFailure(str(error) or type(error).__name__) from None
    finally:
        report.close()
        if results.run is not None:
            report.show(results.document())
            if request.json_file is not None:
                write(results.document(), request.json_file)
    return 0


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
                loop=request.event_loop,
            )
            results.run = _run_info(request, orders, await server.version())
            tell("Counting round trips")
            async with Measuring() as measuring:
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

"""``port-kit bench --http``: wires a server, services, the process that asks, and the report."""

import os
import platform
from collections.abc import Callable, Iterator
from importlib.metadata import version
from typing import Any

from migration_guide.kit.bench.http.plan import ALL, SETTINGS_MEASURED, Scenario, Served, Setting
from migration_guide.kit.bench.http.results import HttpResults
from migration_guide.kit.bench.http.services import MeasuredService, running
from migration_guide.kit.bench.request import Request
from migration_guide.kit.lab import server as servers
from migration_guide.kit.lab.generator.order import Order
from migration_guide.kit.lab.measuring import GENERATOR, Measuring
from migration_guide.kit.lab.processes import allow_open_files
from migration_guide.kit.lab.proxy import FaultProxy
from migration_guide.kit.lab.usage import Usage
from migration_guide.kit.measurement import carry_out
from migration_guide.kit.report.http import HttpReport

ROUNDS = 3
PACKAGES = (
    *("flask", "gunicorn", "quart", "hypercorn", "uvicorn", "httptools", "uvloop"),
    *("sqlalchemy", "asyncpg", "psycopg2-binary", "aiohttp"),
)

Tell = Callable[[str], None]


def main(request: Request) -> int:
    """Measure and report; the exit code. What an interrupted run has measured is reported too.

    Raises:
        click.ClickException: an environment in which it cannot run (code 2).

    """
    allow_open_files()
    report = HttpReport(results_to_stderr=request.to_stdout)
    results = HttpResults()
    work = _bench(request, report.tell, results)
    return carry_out(work, report, results, request.json_file)


async def _bench(request: Request, tell: Tell, results: HttpResults) -> None:
    rounds = 1 if request.quick else ROUNDS
    async with servers.chosen(request.server_url) as server, Measuring(GENERATOR) as load:
        results.run = _run_info(request, rounds, await server.version())
        for number, setting in enumerate(SETTINGS_MEASURED):
            tell("Starting the services")
            name = f"port_kit_bench_{os.getpid()}_{number}"
            with FaultProxy(server.host, server.port) as proxy:
                proxy.latency(setting.delay_ms / 2000)
                via = (proxy.host, proxy.port) if setting.delay_ms else None
                async with running(server, setting, via, name) as services:
                    for turn, scenario, served in _turns(setting, rounds):
                        one = scenario.quick() if request.quick else scenario
                        tell(f"{one.title}, {one.clients} clients: {served.name}")
                        sample = await _measure(load, one, services[served], results)
                        results.add(setting, one, served, turn, sample)
    results.interrupted = False


def _turns(setting: Setting, rounds: int) -> Iterator[tuple[int, Scenario, Served]]:
    """Each round begins with another service, so that none has a place of its own."""
    for turn in range(rounds):
        for scenario in setting.scenarios:
            first = turn % len(scenario.services)
            for served in (*scenario.services[first:], *scenario.services[:first]):
                yield turn, scenario, served


async def _measure(
    load: Measuring, scenario: Scenario, service: MeasuredService, results: HttpResults
) -> dict[str, Any]:
    order = Order(
        url=service.url,
        kind=scenario.kind,
        clients=scenario.clients,
        warm_up_s=scenario.warm_up_s,
        seconds=scenario.seconds,
        burst=scenario.burst,
    )
    sample: dict[str, Any] = {}
    async with Usage(service) as usage:
        async for message in load.messages(order, last="sample"):
            if "begin" in message:
                usage.begin()
                results.cpu.since_last()
            elif "end" in message:
                usage.end()
                proxy_busy = results.cpu.since_last()
            else:
                sample = message["sample"]
    return {
        **sample,
        "proxy_busy": round(proxy_busy, 2),
        "processor_s": round(usage.processor_s, 3),
        "memory_before_mb": round(usage.before_mb, 1),
        "memory_peak_mb": round(usage.peak_mb, 1),
    }


def _run_info(request: Request, rounds: int, postgresql: str) -> dict[str, Any]:
    return {
        "versions": {"python": platform.python_version(), "postgresql": postgresql}
        | {name: version(name) for name in PACKAGES},
        "machine": {"system": platform.platform(), "cpus": os.cpu_count()},
        "rounds": rounds,
        "quick": request.quick,
        "services": {
            one.name: {"stack": one.stack, "profile": one.profile, "runner": one.runner}
            for one in ALL
        },
    }

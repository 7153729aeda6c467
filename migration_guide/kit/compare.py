"""``port-kit compare``: wires a server, the runner and the reports together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import click

from migration_guide.kit import interrupts
from migration_guide.kit.explain import check_fault
from migration_guide.kit.failures import EnvironmentFailure
from migration_guide.kit.lab import schedule, server
from migration_guide.kit.lab.cell import Timing
from migration_guide.kit.lab.faults import FAULTS, TOUR
from migration_guide.kit.lab.faults.base import Fault
from migration_guide.kit.lab.journal import Emit
from migration_guide.kit.lab.postgres import PostgresError
from migration_guide.kit.lab.results import Cell, Event
from migration_guide.kit.lab.runner import LAB_ERRORS, Plan, new_seed, run
from migration_guide.kit.lab.service import ServiceError
from migration_guide.kit.lab.stacks import PROFILES, SETTINGS, STACKS, Profile, Stack
from migration_guide.kit.lab.store import Store, StoreError, given_folder, new_folder
from migration_guide.kit.report import json
from migration_guide.kit.report.console import ConsoleReport
from migration_guide.kit.report.html import HtmlReport
from migration_guide.kit.report.live import LiveReport
from migration_guide.kit.report.summary import Results

RUNS = Path("runs")
RESULTS, PAGE = "results.json", "report.html"

ENVIRONMENT_ERRORS = (PostgresError, server.ServerError, ServiceError, *LAB_ERRORS)


@dataclass(frozen=True)
class Request:
    """The options of the command, as given.

    Attributes:
        random: how many random schedules to run, of *seconds* each, instead of the faults.
        without: settings to leave out of every profile.
        out: the folder of the run; by default a new one in `RUNS`.

    """

    all_faults: bool = False
    only: tuple[str, ...] = ()
    random: int = 0
    seconds: float = 60.0
    stacks: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    json_file: Path | None = None
    out: Path | None = None
    seed: int | None = None
    server_url: str | None = None
    allow_faults: bool = False


def list_faults(request: Request) -> None:
    """Print each fault, what it models, and the claim of each profile."""
    chosen = request.all_faults or request.only or request.random
    for fault in _chosen(request) if chosen else FAULTS.values():
        tour = " (in the short tour)" if fault in TOUR else ""
        click.echo(f"{fault.name}: {fault.summary}{tour}")
        click.echo(f"    models: {fault.models}")
        for (stack, profile), claim in fault.claims.items():
            click.echo(f"    {stack} {profile}: {claim.text}")
        if missing := fault.topology.missing():
            click.echo(f"    skipped here: {missing}")


def main(request: Request) -> int:
    """Run the comparison; the exit code.

    Raises:
        click.ClickException: wrong options, or an environment in which it cannot run (code 2).

    """
    seed = new_seed() if request.seed is None else request.seed
    profiles: tuple[Profile, ...] = ("hardened",) if request.random else PROFILES
    plan = Plan(
        faults=_chosen(replace(request, seed=seed)),
        stacks=cast("tuple[Stack, ...]", request.stacks) or STACKS,
        profiles=cast("tuple[Profile, ...]", request.profiles) or profiles,
        seed=seed,
        timing=Timing(after_s=schedule.AFTER_S) if request.random else Timing(),
        settings={key: one.without(request.without) for key, one in SETTINGS.items()},
    )
    return execute(plan, request)


def execute(plan: Plan, request: Request) -> int:
    """Run *plan*, keep the run in a folder, and report; the exit code."""
    try:
        store = _store(plan, request)
    except StoreError as error:
        raise EnvironmentFailure(str(error)) from None
    results, page = Results(), HtmlReport(store.folder)
    live = LiveReport()
    console = ConsoleReport(to_stderr=request.json_file == Path("-"))
    writers: tuple[Emit, ...] = (store, results, page, live, console)

    def emit(event: Event) -> None:
        for writer in writers:
            writer(event)

    try:
        interrupts.run(_run(plan, request, emit))
    except interrupts.InterruptedRunError as interruption:
        return interruption.exit_code
    except ENVIRONMENT_ERRORS as error:
        raise EnvironmentFailure(str(error) or type(error).__name__) from None
    finally:
        live.close()
        store.close()
        if results.run is not None:
            document = json.document(results)
            json.write(document, store.folder / RESULTS)
            json.write_text(page.text(), store.folder / PAGE)
            click.echo(f"The report: {store.folder / PAGE}", err=True)
            if request.json_file is not None:
                json.write(document, request.json_file)
    return _exit_code(results.cells)


def _store(plan: Plan, request: Request) -> Store:
    if request.out is not None:
        return Store(given_folder(request.out))
    return Store(new_folder(RUNS, plan.seed), latest=RUNS / "latest")


async def _run(plan: Plan, request: Request, emit: Emit) -> None:
    source = server.chosen(request.server_url, allow_faults=request.allow_faults)
    async with source as database_server:
        await run(plan, database_server, emit)


def _exit_code(cells: Sequence[Cell]) -> int:
    if any(cell.held is False for cell in cells):
        return 1
    return 3 if any(cell.status == "inconclusive" for cell in cells) else 0


def _chosen(request: Request) -> tuple[Fault[Any], ...]:
    if request.random:
        first = request.seed or 0
        seeds = range(first, first + request.random)
        return tuple(schedule.as_fault(seed, request.seconds) for seed in seeds)
    return tuple(FAULTS.values()) if request.all_faults else _faults(request.only) or TOUR


def _faults(names: Sequence[str]) -> tuple[Fault[Any], ...]:
    for name in names:
        check_fault(name, "--only")
    return tuple(fault for fault in FAULTS.values() if fault.name in names)

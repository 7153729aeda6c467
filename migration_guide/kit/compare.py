"""``port-kit compare``: wires a server, the runner and the reports together."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import cast

import click

from migration_guide.kit import interrupts
from migration_guide.kit.failures import EnvironmentFailure
from migration_guide.kit.lab import server
from migration_guide.kit.lab.faults import FAULTS
from migration_guide.kit.lab.faults.base import Fault
from migration_guide.kit.lab.postgres import PostgresError
from migration_guide.kit.lab.results import Cell, CellFinished, Event
from migration_guide.kit.lab.runner import LAB_ERRORS, Emit, Plan, new_seed, run
from migration_guide.kit.lab.service import ServiceError
from migration_guide.kit.lab.stacks import PROFILES, STACKS, Profile, Stack
from migration_guide.kit.report.console import ConsoleReport
from migration_guide.kit.report.json import JsonReport, write

ENVIRONMENT_ERRORS = (PostgresError, server.ServerError, ServiceError, *LAB_ERRORS)


@dataclass(frozen=True)
class Request:
    """The options of the command, as given."""

    only: tuple[str, ...]
    stacks: tuple[str, ...]
    profiles: tuple[str, ...]
    json_file: Path | None
    seed: int | None
    server_url: str | None
    allow_faults: bool


def list_faults() -> None:
    """Print each fault, what it models, and the claim of each profile."""
    for fault in FAULTS.values():
        click.echo(f"{fault.name}: {fault.summary}")
        click.echo(f"    models: {fault.models}")
        for (stack, profile), claim in fault.claims.items():
            click.echo(f"    {stack} {profile}: {claim.text}")


def main(request: Request) -> int:
    """Run the comparison; the exit code.

    Raises:
        click.ClickException: wrong options, or an environment in which it cannot run (code 2).

    """
    plan = Plan(
        faults=_faults(request.only),
        stacks=cast("tuple[Stack, ...]", request.stacks) or STACKS,
        profiles=cast("tuple[Profile, ...]", request.profiles) or PROFILES,
        seed=new_seed() if request.seed is None else request.seed,
    )
    return execute(plan, request)


def execute(plan: Plan, request: Request) -> int:
    """Run *plan* and report; the exit code."""
    console = ConsoleReport(results_to_stderr=request.json_file == Path("-"))
    json_report = JsonReport()
    cells: list[Cell] = []

    def emit(event: Event) -> None:
        console(event)
        json_report(event)
        if isinstance(event, CellFinished):
            cells.append(event.cell)

    try:
        interrupts.run(_run(plan, request, emit))
    except interrupts.InterruptedRunError as interruption:
        return interruption.exit_code
    except ENVIRONMENT_ERRORS as error:
        raise EnvironmentFailure(str(error) or type(error).__name__) from None
    finally:
        console.close()
        if request.json_file is not None and json_report.started:
            write(json_report.document(), request.json_file)
    return _exit_code(cells)


async def _run(plan: Plan, request: Request, emit: Emit) -> None:
    source = server.chosen(request.server_url, allow_faults=request.allow_faults)
    async with source as database_server:
        await run(plan, database_server, emit)


def _exit_code(cells: Sequence[Cell]) -> int:
    if any(cell.held is False for cell in cells):
        return 1
    return 3 if any(cell.status == "inconclusive" for cell in cells) else 0


def _faults(names: Sequence[str]) -> tuple[Fault, ...]:
    for name in names:
        if name not in FAULTS:
            near = get_close_matches(name, FAULTS, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise click.BadParameter(
                f"there is no fault {name!r}.{hint} See port-kit compare --list.",
                param_hint="--only",
            )
    return tuple(fault for fault in FAULTS.values() if not names or fault.name in names)

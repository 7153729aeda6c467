"""``port-kit compare``: wires a server, the runner and the reports together."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, cast

import click

from migration_guide.kit.explain import check_fault
from migration_guide.kit.keeping import Where, carry_out
from migration_guide.kit.lab import schedule, server
from migration_guide.kit.lab.cell import Timing
from migration_guide.kit.lab.faults import FAULTS, TOUR
from migration_guide.kit.lab.faults.base import Fault
from migration_guide.kit.lab.journal import Emit
from migration_guide.kit.lab.processes import allow_open_files
from migration_guide.kit.lab.runner import Plan, new_seed, run
from migration_guide.kit.lab.stacks import PROFILES, SETTINGS, STACKS, Profile, Stack
from migration_guide.kit.lab.stage import SUBJECTS, LoadPlan, run_load


@dataclass(frozen=True)
class Request:
    """The options of the command, as given.

    Attributes:
        random: how many random schedules to run, of *seconds* each, instead of the faults.
        without: settings to leave out of every profile.
        load: whether to measure both stacks under load, after the faults.

    """

    all_faults: bool = False
    only: tuple[str, ...] = ()
    random: int = 0
    seconds: float = 60.0
    stacks: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    load: bool = False
    where: Where = field(default_factory=Where)
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
        load_steps=len(list(load.turns())) if (load := _load(request)) else 0,
    )
    return execute(plan, request)


def execute(plan: Plan, request: Request) -> int:
    """Run *plan* and report; the exit code."""
    return carry_out(lambda emit: _run(plan, request, emit), plan.seed, request.where)


async def _run(plan: Plan, request: Request, emit: Emit) -> None:
    source = server.chosen(request.server_url, allow_faults=request.allow_faults)
    load = _load(request)
    if load is not None:
        allow_open_files()  # before the services start, which inherit it
    async with source as database_server:
        stage = None if load is None else partial(run_load, plan=load)
        await run(plan, database_server, emit, stage)


def _load(request: Request) -> LoadPlan | None:
    """On the stacks and profiles that were asked for, of those that a team would run."""
    if not request.load:
        return None
    subjects = [
        (stack, profile)
        for stack, profile in SUBJECTS
        if stack in (request.stacks or STACKS) and profile in (request.profiles or PROFILES)
    ]
    return LoadPlan(subjects=subjects, seed=request.seed or 0)


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

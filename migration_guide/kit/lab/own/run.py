"""A comparison of a team's own services."""

import contextlib
import os
import platform
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from migration_guide.kit.lab.cell import Timing
from migration_guide.kit.lab.faults import FAULTS
from migration_guide.kit.lab.faults.base import Fault
from migration_guide.kit.lab.journal import Emit, telling_the_end
from migration_guide.kit.lab.own.config import Config, Written
from migration_guide.kit.lab.own.faults import PROFILE
from migration_guide.kit.lab.own.lab import OwnLab
from migration_guide.kit.lab.results import (
    CellFinished,
    FaultInfo,
    PairStarted,
    Planned,
    RunInfo,
    RunStarted,
)
from migration_guide.kit.lab.runner import OVERHEAD_S, PAGE

ENOUGH = 10
"""Requests after the fault, and each probe at least once: a low rate takes its time."""


@dataclass(frozen=True)
class OwnPlan:
    """What to show to the services.

    Attributes:
        root: the folder of the file.

    """

    config: Config
    written: Mapping[str, Written]
    root: Path
    faults: Sequence[Fault[Any]]
    allow_faults: bool
    seed: int

    @property
    def timing(self) -> Timing:
        config = self.config
        probes = max(len(service.probes) for service in config.services.values())
        after_s = max(Timing.after_s, max(probes, ENOUGH) / config.rate)
        return Timing(config.rate, after_s=after_s, client_deadline_s=config.deadline_s)


async def run(plan: OwnPlan, emit: Emit) -> None:
    """Run each fault on each service, and tell what happens.

    Raises:
        ServerError: a database does not answer.
        ServiceError: a service does not start.

    """
    lab = OwnLab(
        *(plan.config, plan.written, plan.root),
        allow_faults=plan.allow_faults,
        timing=plan.timing,
        emit=emit,
    )
    emit(RunStarted(_info(plan, await lab.check())))
    with telling_the_end(emit):
        async with lab:
            for number, fault in enumerate(plan.faults, 1):
                emit(PairStarted(fault.name, PROFILE))
                names = list(plan.config.services)
                cells = lab.run_pair(fault, PROFILE, plan.seed + number, names)
                async with contextlib.aclosing(cells):
                    async for cell in cells:
                        emit(CellFinished(cell))


def _info(plan: OwnPlan, postgresql: str | None) -> RunInfo:
    versions = {"python": platform.python_version(), "async-port-kit": version("async-port-kit")}
    services = plan.config.services
    return RunInfo(
        versions=versions | ({"postgresql": postgresql} if postgresql else {}),
        settings={},
        seed=plan.seed,
        machine={"system": platform.platform(), "cpus": os.cpu_count()},
        client_deadline_s=plan.config.deadline_s,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        faults={
            fault.name: FaultInfo(
                fault.summary,
                fault.models,
                f"{PAGE}#{fault.name}" if fault.name in FAULTS else None,
            )
            for fault in plan.faults
        },
        schedule=tuple(
            Planned(fault.name, name, PROFILE, _takes_s(plan, fault))
            for fault in plan.faults
            for name in services
        ),
        services={name: _describe(written) for name, written in plan.written.items()},
    )


def _describe(written: Written) -> str:
    """How it is run."""
    return shlex.join(written.command) if written.command else f"runs at {written.url}"


def _takes_s(plan: OwnPlan, fault: Fault[Any]) -> float:
    takes_s = fault.idle_s + fault.outage_s + plan.timing.takes_s + OVERHEAD_S
    return takes_s if fault.shared else takes_s / len(plan.config.services)

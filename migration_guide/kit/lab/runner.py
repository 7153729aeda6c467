"""Run the cells of a comparison, one after the other, and tell what happens as events."""

import asyncio
import contextlib
import os
import platform
import secrets
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, Self

import psutil

from migration_guide.kit.lab import vitals
from migration_guide.kit.lab.cell import Timing
from migration_guide.kit.lab.cells import CELL_ERRORS, CellRunner
from migration_guide.kit.lab.faults import FAULTS, TOUR
from migration_guide.kit.lab.faults.base import CellKey, Fault
from migration_guide.kit.lab.journal import Emit, tell_nobody, telling_the_end
from migration_guide.kit.lab.leftovers import temporary_folder
from migration_guide.kit.lab.load_results import LoadStep
from migration_guide.kit.lab.results import (
    CellFinished,
    FaultInfo,
    LoadMeasured,
    PairStarted,
    Planned,
    RunInfo,
    RunStarted,
    VitalsMeasured,
)
from migration_guide.kit.lab.rig import Rig, set_up
from migration_guide.kit.lab.server import Server
from migration_guide.kit.lab.stacks import PROFILES, SETTINGS, STACKS, Profile, Settings, Stack
from migration_guide.kit.lab.topology.base import Site, Topology, W
from migration_guide.kit.lab.topology.direct import DIRECT

PACKAGES = (
    *("async-port-kit", "flask", "flask-sqlalchemy", "psycopg2-binary", "gunicorn"),
    *("quart", "sqlalchemy", "asyncpg", "hypercorn"),
)

PAGE = "migration_guide/reference/faults.md"
"""Where each of the kit's faults has a section, made from its own words."""

OVERHEAD_S = 1.0
"""Of a cell, about, besides what the fault and the load take."""


def new_seed() -> int:
    return secrets.randbelow(2**32)


@dataclass(frozen=True)
class Plan:
    """Which cells to run, and how, and how many steps of load are to come after them."""

    faults: Sequence[Fault[Any]] = TOUR
    stacks: Sequence[Stack] = STACKS
    profiles: Sequence[Profile] = PROFILES
    seed: int = field(default_factory=new_seed)
    timing: Timing = Timing()
    settings: Mapping[CellKey, Settings] = field(default_factory=lambda: SETTINGS)
    load_steps: int = 0

    def pairs(self) -> Iterator[tuple[Fault[Any], Profile, list[Stack]]]:
        """In the order in which they run; which stack comes first alternates with the faults."""
        stacks = list(self.stacks)
        if self.seed % 2:
            stacks.reverse()
        for fault in self.faults:
            for profile in self.profiles:
                claimed = [stack for stack in stacks if (stack, profile) in fault.claims]
                if claimed:
                    yield fault, profile, claimed
            stacks.reverse()

    def schedule(self) -> Iterator[Planned]:
        """Every cell, with about what it adds to the time of the run."""
        for fault, profile, stacks in self.pairs():
            takes = fault.idle_s + fault.outage_s + self.timing.takes_s + OVERHEAD_S
            for stack in stacks:
                share = takes if fault.shared else takes / len(stacks)
                yield Planned(fault.name, stack, profile, round(share, 2))


@dataclass(frozen=True)
class _Standing:
    """A topology that is set up, with the services in it so far."""

    site: Site[Any]
    cleanup: contextlib.AsyncExitStack
    rigs: dict[CellKey, Rig[Any]] = field(default_factory=dict)


class Lab(CellRunner):
    """The services of a comparison, each started when it is first needed.

    An async context manager; at its end every service, proxy and database is gone. The topology
    DIRECT stays until then, another one until the next.
    """

    def __init__(
        self,
        server: Server,
        *,
        settings: Mapping[CellKey, Settings] = SETTINGS,
        timing: Timing = Timing(),
        emit: Emit = tell_nobody,
    ) -> None:
        super().__init__(timing, emit)
        self.server = server
        self._settings = settings
        self._standing: dict[str, _Standing] = {}
        self._starting = asyncio.Lock()  # one service at a time
        # Names this run's databases and sessions apart from those of other runs.
        self._token = secrets.token_hex(4)
        self.secret_key = secrets.token_urlsafe()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        async with contextlib.AsyncExitStack() as cleanup:
            for standing in self._standing.values():
                cleanup.push_async_callback(standing.cleanup.aclose)
            self._standing.clear()

    async def subject(self, fault: Fault[Any], stack: str, profile: str) -> Rig[Any]:
        return await self.rig_in(fault.topology, stack, profile)

    def missing(self, fault: Fault[Any]) -> str | None:
        return fault.missing(self.server)

    async def rig(self, stack: str, profile: str) -> Rig:
        """The service of one stack under one profile, with nothing but a proxy in between.

        Raises:
            ServiceError: it does not start.

        """
        return await self.rig_in(DIRECT, stack, profile)

    async def rig_in(self, topology: Topology[W], stack: str, profile: str) -> Rig[W]:
        """The same, in any topology."""
        async with self._starting:
            standing = await self._stand_up(topology)
            if (stack, profile) not in standing.rigs:
                folder = await standing.cleanup.enter_async_context(
                    temporary_folder(f"port-kit-{stack}-")
                )
                name = f"port_kit_{self._token}_{topology.name}_{stack}_{profile}"
                standing.rigs[stack, profile] = await standing.cleanup.enter_async_context(
                    set_up(
                        standing.site,
                        self._settings[stack, profile],
                        folder,
                        name.replace("-", "_"),
                        self.secret_key,
                    )
                )
            return standing.rigs[stack, profile]

    async def _stand_up(self, topology: Topology[Any]) -> _Standing:
        if topology.name not in self._standing:
            for name in self._standing.keys() - {DIRECT.name}:
                await self._standing.pop(name).cleanup.aclose()
            async with contextlib.AsyncExitStack() as cleanup:
                site = await cleanup.enter_async_context(topology.stand_up(self.server))
                self._standing[topology.name] = _Standing(site, cleanup.pop_all())
        return self._standing[topology.name]

    async def measure_vitals(self) -> None:
        """Tell what each service takes that stands with nothing but a proxy in between."""
        standing = self._standing.get(DIRECT.name)
        for rig in standing.rigs.values() if standing else ():
            # Not worth a run: a service that the last fault has left unwell has no figures.
            with contextlib.suppress(*CELL_ERRORS, psutil.Error):
                self.emit(VitalsMeasured(await vitals.measure(rig)))


Stage = Callable[["Lab"], AsyncGenerator[LoadStep]]


async def run(plan: Plan, server: Server, emit: Emit, stage: Stage | None = None) -> None:
    """Run the plan's cells against *server*, then the *stage* of load.

    *emit* gets each `Event` as it happens, the last one also when the run is cancelled.

    Raises:
        ServiceError: a service does not start.

    """
    emit(RunStarted(await _info(plan, server)))
    with telling_the_end(emit):
        async with Lab(server, settings=plan.settings, timing=plan.timing, emit=emit) as lab:
            for number, (fault, profile, stacks) in enumerate(plan.pairs(), 1):
                emit(PairStarted(fault.name, profile))
                # Both stacks with the same seed, and so with the same requests.
                cells = lab.run_pair(fault, profile, plan.seed + number, stacks)
                async with contextlib.aclosing(cells):
                    async for cell in cells:
                        emit(CellFinished(cell))
            await lab.measure_vitals()
            if stage is not None:
                async with contextlib.aclosing(stage(lab)) as steps:
                    async for step in steps:
                        emit(LoadMeasured(step))


async def _info(plan: Plan, server: Server) -> RunInfo:
    versions = {"python": platform.python_version(), "postgresql": await server.version()}
    return RunInfo(
        versions=versions | {name: version(name) for name in PACKAGES},
        settings={
            stack: {
                profile: dict(plan.settings[stack, profile].engine_options)
                for profile in plan.profiles
            }
            for stack in plan.stacks
        },
        seed=plan.seed,
        machine={"system": platform.platform(), "cpus": os.cpu_count()},
        client_deadline_s=plan.timing.client_deadline_s,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        faults={
            fault.name: FaultInfo(
                fault.summary,
                fault.models,
                f"{PAGE}#{fault.name}" if fault.name in FAULTS else None,
            )
            for fault in plan.faults
        },
        schedule=tuple(plan.schedule()),
        load_steps=plan.load_steps,
    )

"""Run the cells of a comparison, one after the other, and tell what happens as events."""

import contextlib
import os
import platform
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Self

import aiohttp
from sqlalchemy.exc import SQLAlchemyError

from migration_guide.kit.lab import rig
from migration_guide.kit.lab.cell import Timing, measure
from migration_guide.kit.lab.faults import FAULTS
from migration_guide.kit.lab.faults.base import Fault
from migration_guide.kit.lab.results import (
    Cell,
    CellFinished,
    CellStarted,
    Event,
    RunFinished,
    RunInfo,
    RunStarted,
)
from migration_guide.kit.lab.server import CONNECTION_ERRORS, Server
from migration_guide.kit.lab.stacks import PROFILES, SETTINGS, STACKS, Profile, Settings, Stack

PACKAGES = (
    *("async-port-kit", "flask", "flask-sqlalchemy", "psycopg2-binary", "gunicorn"),
    *("quart", "sqlalchemy", "asyncpg", "hypercorn"),
)

# Of the lab's own sessions and requests.
LAB_ERRORS = (*CONNECTION_ERRORS, aiohttp.ClientError, SQLAlchemyError)

Emit = Callable[[Event], None]


def new_seed() -> int:
    return secrets.randbelow(2**32)


@dataclass(frozen=True)
class Plan:
    """Which cells to run, and how."""

    faults: Sequence[Fault] = tuple(FAULTS.values())
    stacks: Sequence[Stack] = STACKS
    profiles: Sequence[Profile] = PROFILES
    seed: int = field(default_factory=new_seed)
    timing: Timing = Timing()
    settings: Mapping[tuple[Stack, Profile], Settings] = field(default_factory=lambda: SETTINGS)

    def cells(self) -> Iterator[tuple[Fault, Stack, Profile]]:
        """In the order in which they run; which stack comes first alternates with the faults."""
        stacks = list(self.stacks)
        if self.seed % 2:
            stacks.reverse()
        for fault in self.faults:
            for stack in stacks:
                for profile in self.profiles:
                    yield fault, stack, profile
            stacks.reverse()


class Lab:
    """The services of a comparison on one server, each started when it is first needed.

    An async context manager; at its end every service, proxy and database is gone.
    """

    def __init__(
        self,
        server: Server,
        *,
        settings: Mapping[tuple[Stack, Profile], Settings] = SETTINGS,
        timing: Timing = Timing(),
    ) -> None:
        self.server = server
        self.timing = timing
        self._settings = settings
        self._rigs: dict[tuple[Stack, Profile], rig.Rig] = {}
        self._stack = contextlib.AsyncExitStack()
        # Names this run's databases and sessions apart from those of other runs.
        self._token = secrets.token_hex(4)
        self._secret_key = secrets.token_urlsafe()

    async def __aenter__(self) -> Self:
        self._folder = Path(
            self._stack.enter_context(tempfile.TemporaryDirectory(prefix="port-kit-"))
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def rig(self, stack: Stack, profile: Profile) -> rig.Rig:
        """The service of one stack under one profile.

        Raises:
            ServiceError: it does not start.

        """
        if (stack, profile) not in self._rigs:
            folder = self._folder / f"{stack}-{profile}"
            folder.mkdir()
            database = f"port_kit_{self._token}_{stack}_{profile.replace('-', '_')}"
            settings = self._settings[stack, profile]
            self._rigs[stack, profile] = await self._stack.enter_async_context(
                rig.set_up(self.server, settings, folder, database, self._secret_key)
            )
        return self._rigs[stack, profile]

    async def run_cell(self, fault: Fault, stack: Stack, profile: Profile, seed: int) -> Cell:
        """Run one cell; what goes wrong with the lab itself makes it inconclusive."""
        claim = fault.claims[stack, profile]
        cell = partial(Cell, fault.name, stack, profile, claim=claim.text, decides=claim.decides)
        if fault.stops_server and self.server.cannot_stop:
            return cell(status="skipped", reason=self.server.cannot_stop)
        bench = await self.rig(stack, profile)
        try:
            measured = await measure(fault, bench, self.timing, seed)
        except (*LAB_ERRORS, RuntimeError) as error:
            return cell(status="inconclusive", reason=str(error) or type(error).__name__)
        return cell(
            status="ran",
            measured=measured,
            violations=claim.violations(measured),
            note=fault.notes.get((stack, profile)),
        )


async def run(plan: Plan, server: Server, emit: Emit) -> None:
    """Run the plan's cells against *server*.

    *emit* gets each `Event` as it happens, the last one also when the run is cancelled.

    Raises:
        ServiceError: a service does not start.

    """
    start = time.monotonic()
    cells = list(plan.cells())
    emit(RunStarted(await _info(plan, server), len(cells)))
    interrupted = True
    try:
        async with Lab(server, settings=plan.settings, timing=plan.timing) as lab:
            for number, (fault, stack, profile) in enumerate(cells, 1):
                emit(CellStarted(fault.name, stack, profile, number))
                cell = await lab.run_cell(fault, stack, profile, plan.seed + number)
                emit(CellFinished(cell))
        interrupted = False
    finally:
        emit(RunFinished(interrupted, time.monotonic() - start))


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
    )

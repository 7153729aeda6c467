"""Run cells, whatever the services are that they are run on."""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Sequence
from functools import partial
from typing import Any

import aiohttp
from sqlalchemy.exc import SQLAlchemyError

from migration_guide.kit.lab.cell import Subject, Timing, measure
from migration_guide.kit.lab.faults.base import Fault
from migration_guide.kit.lab.journal import Emit, Journal, tell_nobody
from migration_guide.kit.lab.results import Cell
from migration_guide.kit.lab.server import CONNECTION_ERRORS
from migration_guide.kit.lab.service import ServiceError
from migration_guide.kit.lab.stacks import STACKS
from migration_guide.kit.lab.topology.direct import DIRECT

# Of the lab's own sessions and requests.
LAB_ERRORS = (*CONNECTION_ERRORS, aiohttp.ClientError, SQLAlchemyError)
CELL_ERRORS = (*LAB_ERRORS, RuntimeError)


class CellRunner(ABC):
    """Runs cells one after the other, or the same one of several stacks side by side."""

    def __init__(self, timing: Timing = Timing(), emit: Emit = tell_nobody) -> None:
        self.timing = timing
        self.emit = emit
        self.clock = time.monotonic()

    @abstractmethod
    async def subject(self, fault: Fault[Any], stack: str, profile: str) -> Subject[Any]:
        """The service, which is started if it does not run yet.

        Raises:
            ServiceError: it does not start.

        """

    @abstractmethod
    def missing(self, fault: Fault[Any]) -> str | None:
        """What is missing for the fault here; None where nothing is."""

    async def run_pair(
        self, fault: Fault[Any], profile: str, seed: int, stacks: Sequence[str] = STACKS
    ) -> AsyncGenerator[Cell]:
        """Run a fault's cells of one profile: side by side, unless they are in each other's way."""
        if fault.shared or self.missing(fault):
            for stack in stacks:
                yield await self.run_cell(fault, stack, profile, seed)
            return
        tasks = [
            asyncio.create_task(self.run_cell(fault, stack, profile, seed)) for stack in stacks
        ]
        try:
            for task in tasks:
                yield await task
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def run_cell(self, fault: Fault[Any], stack: str, profile: str, seed: int) -> Cell:
        """Run one cell; what goes wrong with the lab itself makes it inconclusive.

        Raises:
            ServiceError: a service does not start even where nothing is in between.

        """
        start = time.monotonic()
        claim = fault.claims[stack, profile]
        cell = partial(
            Cell,
            *(fault.name, stack, profile),
            claim=claim.text,
            decides=claim.decides,
            gap=claim.gap,
            compares=claim.compares,
        )
        if reason := self.missing(fault):
            return cell(status="skipped", reason=reason)
        journal = Journal(fault.name, stack, profile, self.emit, self.clock)
        try:
            subject = await self.subject(fault, stack, profile)
            measured = await measure(fault, subject, self.timing, seed, journal)
        except CELL_ERRORS as error:
            if isinstance(error, ServiceError) and fault.topology is DIRECT:
                raise
            return cell(
                status="inconclusive",
                reason=str(error) or type(error).__name__,
                seconds=time.monotonic() - start,
            )
        violations = claim.violations(measured)
        noise = claim.too_noisy(measured)
        return cell(
            status="inconclusive" if noise else "ran",
            reason=noise,
            measured=None if noise else measured,
            violations=() if noise else violations,
            note=fault.notes.get((stack, profile)),
            engine_options=subject.engine_options,
            seconds=time.monotonic() - start,
        )

"""Run one cell: warm the pool, inject the fault, send requests, count."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from migration_guide.kit.lab.faults.base import Fault
from migration_guide.kit.lab.figures import Phases
from migration_guide.kit.lab.journal import Journal
from migration_guide.kit.lab.open_loop import OpenLoop, Request
from migration_guide.kit.lab.results import Measured
from migration_guide.kit.lab.usage import Machine

L = TypeVar("L", bound=OpenLoop)


@dataclass(frozen=True)
class Timing:
    """How a cell's load is sent.

    Attributes:
        rate: requests a second.
        before_s: seconds of load before the fault.
        after_s: seconds of load after it is over.
        client_deadline_s: a request without an answer by then has hung.

    """

    rate: float = 20.0
    before_s: float = 0.3
    after_s: float = 1.0
    client_deadline_s: float = 5.0

    @property
    def takes_s(self) -> float:
        """Of load, without the fault."""
        return self.before_s + self.after_s


class Subject(Protocol[L]):
    """A service that a fault can be shown to."""

    @property
    def engine_options(self) -> Mapping[str, Any] | None:
        """SQLALCHEMY_ENGINE_OPTIONS in force, where they are known."""

    @property
    def runs_here(self) -> bool:
        """Whether all that answers was started here, so that it can be told from other programs."""

    def load(self, timing: Timing, seed: int, record: Callable[[Request], None]) -> L:
        """Of its clients."""

    def target(self, load: L) -> Any:
        """What the fault may touch: a `Target`."""

    async def prepare(self, load: L, before_s: float) -> int:
        """Warm the pool, and see that all is well; what was wrong with its data already.

        Raises:
            InconclusiveError: it is not.

        """

    async def count(self, load: L, phases: Phases, wrong_before: int) -> Measured:
        """What came of the requests, once no more are sent."""


async def measure(
    fault: Fault[Any], subject: Subject[L], timing: Timing, seed: int, journal: Journal
) -> Measured:
    """Show the service the fault; every request goes into the *journal*.

    Raises:
        InconclusiveError: the service was not well before the fault.

    """
    machine = Machine()
    async with subject.load(timing, seed, journal.record) as load:
        target = subject.target(load)
        async with fault.prepare(target):
            wrong_before = await subject.prepare(load, timing.before_s)
            # Being idle for so long is itself the condition.
            await asyncio.sleep(fault.idle_s)
            struck = time.monotonic()
            if fault.under_load:
                load.start()
            async with fault.inject(target):
                if fault.outage_s:
                    load.start()
                    await asyncio.sleep(fault.outage_s)
            phases = Phases(struck, time.monotonic())
            load.start()
            await asyncio.sleep(timing.after_s)
            await load.stop()
            await load.drain()
            return replace(
                await subject.count(load, phases, wrong_before),
                struck_s=journal.seconds(phases.struck),
                over_s=journal.seconds(phases.over),
                late_s=round(load.late_s, 4),
                others_share=machine.shares()[1] if subject.runs_here else None,
            )

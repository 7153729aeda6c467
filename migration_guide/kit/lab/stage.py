"""Both stacks under load: steps of clients in an open loop, each service in turn."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import aiohttp
import psutil

from migration_guide.kit.lab import checker, demo
from migration_guide.kit.lab.cells import LAB_ERRORS
from migration_guide.kit.lab.faults import reset_peer
from migration_guide.kit.lab.faults.base import CellKey, Fault
from migration_guide.kit.lab.generator.order import Kind, Order
from migration_guide.kit.lab.load import Load
from migration_guide.kit.lab.load_results import LoadStep, is_disturbed, is_load_limited
from migration_guide.kit.lab.measuring import GENERATOR, Measuring, MeasuringError
from migration_guide.kit.lab.processes import allow_open_files
from migration_guide.kit.lab.rig import Rig
from migration_guide.kit.lab.runner import Lab
from migration_guide.kit.lab.service import ServiceError
from migration_guide.kit.lab.stacks import POOL_SIZE
from migration_guide.kit.lab.topology.direct import Proxied
from migration_guide.kit.lab.usage import CpuShare, Machine, Usage
from migration_guide.kit.lab.waiting import wait_until

LOAD_ERRORS = (*LAB_ERRORS, MeasuringError, ServiceError, psutil.Error)
"""What `run_load` may raise: of a service that is gone, for one."""

SUBJECTS: tuple[CellKey, ...] = (
    ("flask", "same-settings"),
    ("quart", "same-settings"),
    ("flask", "hardened"),
    ("quart", "hardened"),
)

SLICE_S = 0.25
QUICK_CLIENTS = 20
QUICK_SECONDS = 1.0
DRAIN_DEADLINE_S = 60.0
PROBE_S = 1.0
PROBES = POOL_SIZE
"""In a row: the pool gives its connections in turn, so that each of them is seen to be well."""


@dataclass(frozen=True)
class Scenario:
    """What is asked of each service.

    Attributes:
        name: unique.
        title: what is asked, in words.
        clients: the steps; each client wants one request a second.
        warm_up_s: seconds that do not count, in which pool and connections are made.
        seconds: that do.
        fault: strikes in the middle of each step.

    """

    name: str
    title: str
    kind: Kind
    clients: tuple[int, ...]
    warm_up_s: float = 1.0
    seconds: float = 2.5
    fault: Fault[Proxied] | None = None


MIXED = Scenario("mixed", "reads and orders, two writes in six", "mixed", (50, 100, 200, 400))
REPORT = Scenario("report", "GET /reports/sales, 50 ms in the database", "report", (100, 400))
MIXED_FAULT = replace(
    MIXED, name="mixed-fault", clients=(100,), seconds=6.0, fault=reset_peer.FAULT
)
SCENARIOS = (MIXED, REPORT, MIXED_FAULT)


@dataclass(frozen=True)
class Turn:
    """A service's turn in a step."""

    round: int
    scenario: Scenario
    clients: int
    subject: CellKey


@dataclass(frozen=True)
class LoadPlan:
    """What to measure."""

    subjects: Sequence[CellKey] = SUBJECTS
    scenarios: Sequence[Scenario] = SCENARIOS
    rounds: int = 2
    seed: int = 0

    def quick(self) -> "LoadPlan":
        """Each scenario once, short, and with few clients: it shows that all works."""
        scenarios = tuple(
            replace(one, clients=(QUICK_CLIENTS,), warm_up_s=0.5, seconds=QUICK_SECONDS)
            for one in self.scenarios
        )
        return replace(self, scenarios=scenarios, rounds=1)

    def turns(self) -> Iterator[Turn]:
        """In the order in which they are measured.

        The services take turns in each step, since what disturbs the machine then disturbs all
        alike; each round begins with another one, so that none has a place of its own.
        """
        for number in range(self.rounds):
            first = number % len(self.subjects)
            for scenario in self.scenarios:
                for clients in scenario.clients:
                    for subject in (*self.subjects[first:], *self.subjects[:first]):
                        yield Turn(number, scenario, clients, subject)


FULL = LoadPlan()
QUICK = FULL.quick()


async def run_load(lab: Lab, plan: LoadPlan = FULL) -> AsyncGenerator[LoadStep]:
    """Measure each turn of *plan*, and yield it.

    On the services of *lab*, which begin each turn with the demo data. They should have been
    started after `allow_open_files`, if this was not the first to start them.

    Raises:
        LOAD_ERRORS: it cannot be measured; in words.

    """
    allow_open_files()
    rigs = {subject: await lab.rig(*subject) for subject in plan.subjects}
    async with Measuring(GENERATOR) as generator:
        for rig in rigs.values():
            await _until_drained(rig)
        for turn in plan.turns():
            rig = rigs[turn.subject]
            async with rig.server.connect(rig.database) as connection:
                await demo.empty(connection)
            step = await _measure(generator, turn, rig, lab.timing.client_deadline_s, plan.seed)
            end = time.monotonic()
            try:
                await _until_drained(rig)  # else what it has left to do would disturb the next
            except LOAD_ERRORS:
                yield step  # what has broken the service
                raise
            yield replace(step, drained_s=round(time.monotonic() - end, 2))


async def _measure(
    generator: Measuring, turn: Turn, rig: Rig[Proxied], deadline_s: float, seed: int
) -> LoadStep:
    scenario = turn.scenario
    order = Order(
        url=rig.service.url,
        kind=scenario.kind,
        clients=turn.clients,
        warm_up_s=scenario.warm_up_s,
        seconds=scenario.seconds,
        deadline_s=deadline_s,
        rate=float(turn.clients),
        slice_s=SLICE_S if scenario.fault else None,
        seed=seed + turn.round,  # the same for each service
    )
    sample: dict[str, Any] = {}
    proxy, machine = CpuShare(), Machine()
    async with Usage(rig.service) as usage, _Strike(scenario, rig) as strike:
        async for message in generator.messages(order, last="sample"):
            if "begin" in message:
                strike.begin(message["begin"])
                usage.begin()
                proxy.since_last()
            elif "end" in message:
                usage.end()
                proxy_busy = proxy.since_last()
            else:
                sample = message["sample"]
        fault_at_s = await strike.at_s()
    machine_busy, others_share = machine.shares()
    figures = {
        **sample,
        "proxy_busy": round(proxy_busy, 3),
        "machine_busy": machine_busy,
        "others_share": others_share if rig.runs_here else None,
        "fault_at_s": fault_at_s,
    }
    return _step(turn, figures, usage)


def _step(turn: Turn, figures: dict[str, Any], usage: Usage) -> LoadStep:
    stack, profile = turn.subject
    scenario = turn.scenario
    busy = max(figures["generator_busy"], figures["proxy_busy"])
    answers = figures["per_second"] * scenario.seconds
    return LoadStep.from_dict(
        {
            **figures,
            "stack": stack,
            "profile": profile,
            "scenario": scenario.name,
            "clients": turn.clients,
            "round": turn.round,
            "seconds": scenario.seconds,
            "load_limited": is_load_limited(busy, figures["lateness_p99_ms"]),
            "disturbed": is_disturbed(figures["machine_busy"], figures["others_share"]),
            "memory_mb": round(usage.before_mb, 1),
            "memory_peak_mb": round(usage.peak_mb, 1),
            "processor_us": round(usage.processor_s / answers * 1e6, 1) if answers else None,
            "fault": scenario.fault and scenario.fault.name,
        }
    )


class _Strike:
    """The fault of a step, half-way through what counts; nothing where there is none."""

    def __init__(self, scenario: Scenario, rig: Rig[Proxied]) -> None:
        self._fault, self._after_s, self._rig = scenario.fault, scenario.seconds / 2, rig
        self._task: asyncio.Task[float] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def begin(self, begin: float) -> None:
        """Let it strike; *begin*: when what counts began, by `time.perf_counter`."""
        if self._fault is not None:
            self._task = asyncio.create_task(self._strike(self._fault, begin))

    async def at_s(self) -> float | None:
        """When it struck."""
        return None if self._task is None else round(await self._task, 3)

    async def _strike(self, fault: Fault[Proxied], begin: float) -> float:
        rig = self._rig
        load = Load(rig.service.url, rate=1, deadline_s=1, seed=0)  # not used: there is another
        await asyncio.sleep(max(0.0, begin + self._after_s - time.perf_counter()))
        at_s = time.perf_counter() - begin
        async with fault.inject(rig.target(load)):
            await asyncio.sleep(fault.outage_s)
        return at_s


async def _until_drained(rig: Rig[Proxied]) -> None:
    """Wait until the service answers on each of its connections, and does nothing else."""
    timeout = aiohttp.ClientTimeout(total=PROBE_S)
    settings = rig.settings
    async with (
        rig.server.connect() as connection,
        aiohttp.ClientSession(rig.service.url, timeout=timeout) as session,
    ):

        async def drained() -> bool:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                for _ in range(PROBES):
                    async with session.get("/products/1") as response:
                        response.raise_for_status()
                return not await checker.count_active(connection, rig.database)
            return False

        await wait_until(
            drained,
            deadline_s=DRAIN_DEADLINE_S,
            what=f"the service ({settings.stack}, {settings.profile}) to be well after the load",
        )

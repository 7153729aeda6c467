"""Runs that nobody ran: the events of one, with the outcomes that a test wants."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from migration_guide.kit.lab.load_results import LoadStep, Slice
from migration_guide.kit.lab.open_loop import Outcome
from migration_guide.kit.lab.results import (
    Cell,
    CellFinished,
    Event,
    FaultInfo,
    Latency,
    LoadMeasured,
    Measured,
    Planned,
    Record,
    RequestFinished,
    RunFinished,
    RunInfo,
    RunStarted,
    Status,
    Vitals,
    VitalsMeasured,
)
from tests.lab.test_load_results import STEP

DEADLINE_S = 5.0
RATE, STRUCK_S, OVER_S, SPAN_S = 20, 0.5, 2.0, 3.5

Key = tuple[str, str, str]
"""Fault, stack, profile."""


@dataclass(frozen=True)
class Lost:
    """How many requests of a cell fail, and hang, from the fault on."""

    failed: int = 0
    hung: int = 0
    cause: str = "503 The database is unavailable. Try again."


def nothing_lost(_: Key) -> Lost:
    return Lost()


@dataclass(frozen=True)
class MadeRun:
    """*change* may make another cell of each."""

    faults: Sequence[str] = ("reset-peer", "server-crash")
    stacks: Sequence[str] = ("flask", "quart")
    profiles: Sequence[str] = ("bare", "same-settings", "hardened")
    lost: Callable[[Key], Lost] = nothing_lost
    change: Callable[[Cell], Cell | None] = field(default=lambda cell: cell)
    interrupted: bool = False
    requests: int = int(RATE * SPAN_S)
    load: Sequence[LoadStep] = ()

    @property
    def keys(self) -> list[Key]:
        return [
            (fault, stack, profile)
            for fault in self.faults
            for profile in self.profiles
            for stack in self.stacks
        ]

    @property
    def info(self) -> RunInfo:
        own = self.profiles == ("own",)
        two = {"pool_pre_ping": True, "pool_recycle": 300}
        return RunInfo(
            versions={"python": "3.13.0", "postgresql": "18.4"},
            settings={
                stack: {
                    profile: {} if profile in ("bare", "own") else two for profile in self.profiles
                }
                for stack in self.stacks
            },
            seed=7,
            machine={"system": "Linux", "cpus": 2},
            client_deadline_s=DEADLINE_S,
            started="2026-01-02T03:04:05+00:00",
            faults={
                name: FaultInfo(
                    f"what {name} injects",
                    f"what {name} models",
                    f"migration_guide/reference/faults.md#{name}",
                )
                for name in self.faults
            },
            schedule=tuple(Planned(*key, seconds=SPAN_S) for key in self.keys),
            services={stack: f"the service {stack}" for stack in self.stacks} if own else None,
            load_steps=len(self.load),
        )

    def events(self) -> Iterator[Event]:
        yield RunStarted(self.info)
        for number, key in enumerate(self.keys):
            cell = self._cell(key, began_s=10.0 * number)
            if cell is not None and cell.measured:
                yield from map(RequestFinished, self.records(key, began_s=10.0 * number))
            if cell is not None:
                yield CellFinished(cell)
        for stack in self.stacks:
            for profile in self.profiles:
                yield VitalsMeasured(Vitals(stack, profile, 1, 8, 81.5))
        yield from map(LoadMeasured, self.load)
        yield RunFinished(self.interrupted, None if self.interrupted else 12.5)

    def records(self, key: Key, began_s: float = 0.0) -> Iterator[Record]:
        """The lost ones from the fault on, and of those that hang each as long as the deadline."""
        lost = self.lost(key)
        first = int(self.requests * STRUCK_S / SPAN_S)
        for number in range(self.requests):
            start_s = began_s + number * SPAN_S / self.requests
            outcome: Outcome = "ok"
            if first <= number < first + lost.failed:
                outcome = "failed"
            elif first <= number < first + lost.failed + lost.hung:
                outcome = "hung"
            took_s = {"ok": 0.008 + number % 7 / 900, "failed": 0.002, "hung": DEADLINE_S}[outcome]
            yield Record(
                *key,
                kind="show-product",
                start_s=round(start_s, 4),
                end_s=round(start_s + took_s, 4),
                outcome=outcome,
                status={"ok": 200, "failed": 503}.get(outcome),
                cause=lost.cause if outcome == "failed" else "",
            )

    def _cell(self, key: Key, began_s: float) -> Cell | None:
        lost = self.lost(key)
        calm = Latency(0.009, 0.02, 0.004)
        measured = Measured(
            sent=self.requests - int(self.requests * STRUCK_S / SPAN_S),
            failed_during=lost.failed,
            failed_after=0,
            hung=lost.hung,
            recovered=True,
            recovery_s=0.04 + 0.01 * lost.hung,
            longest_failure_s=0.002 if lost.failed else None,
            lost_writes=0,
            doubled_writes=0,
            half_writes=0,
            stock_off_by=0,
            leaked_connections=0,
            latency_before=calm,
            latency_during=None,
            latency_after=calm,
            causes={lost.cause: lost.failed} if lost.failed else {},
            struck_s=began_s + STRUCK_S,
            over_s=began_s + OVER_S,
            late_s=0.001,
        )
        cell = Cell(*key, "ran", "no request fails or hangs", measured=measured, seconds=SPAN_S)
        return self.change(cell)


def without_measurement(cell: Cell, *, skipped: bool, reason: str) -> Cell:
    status: Status = "skipped" if skipped else "inconclusive"
    return replace(cell, status=status, reason=reason, measured=None)


def load_steps(
    stacks: Sequence[str] = ("flask", "quart"),
    profiles: Sequence[str] = ("same-settings", "hardened"),
) -> list[LoadStep]:
    """Two rounds of each: one that keeps up, and a limit from 400 answers a second on."""
    return [
        _step(stack, profile, scenario, clients, number)
        for scenario in ("mixed", "report", "mixed-fault")
        for profile in profiles
        for stack in stacks
        for clients in ((200,) if scenario == "mixed-fault" else (50, 100, 200, 400, 600))
        for number in range(2)
    ]


def _step(stack: str, profile: str, scenario: str, clients: int, number: int) -> LoadStep:
    limit = 400.0 if stack == "flask" else 520.0
    limit *= 0.3 if scenario == "report" else 1.0
    rate = min(clients, limit + 10 * number)
    crowded = clients / limit
    late = int(clients - rate)
    return replace(
        STEP,
        stack=stack,
        profile=profile,
        scenario=scenario,
        clients=clients,
        round=number,
        offered_per_second=clients,
        per_second=rate,
        ok=int(rate) * 5,
        shed=late * 5 if profile == "hardened" else 0,
        hung=0 if profile == "hardened" else late * 5,
        p50_ms=6 + 4 * crowded**3,
        p90_ms=11 + 20 * crowded**3,
        p99_ms=20 + 90 * crowded**3,
        max_ms=30 + 200 * crowded**3,
        timeline=_timeline(clients) if scenario == "mixed-fault" else None,
    )


def _timeline(clients: int) -> tuple[Slice, ...]:
    """Ten seconds, in which two are refused."""
    return tuple(
        Slice(
            at_s=number / 4,
            ok=0 if 8 <= number < 16 else clients // 4,
            shed=clients // 4 if 8 <= number < 16 else 0,
            failed=0,
            hung=0,
            worst_ms=20.0,
        )
        for number in range(40)
    )

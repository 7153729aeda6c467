"""What a cell measures, and what the parts of the lab tell the reports."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from migration_guide.kit.lab.load import Request
from migration_guide.kit.lab.stacks import STACKS, Profile, Stack

Status = Literal["ran", "skipped", "inconclusive"]


@dataclass(frozen=True)
class Latency:
    """Of the requests of one phase that succeeded."""

    median_s: float
    longest_s: float


@dataclass(frozen=True)
class Measured:
    """The figures of a cell that ran; None is what was not measured.

    failed and hung are disjoint: answered without success or broken, against no answer within the
    client's deadline. The two parts of failed: sent before, and after, the fault was over.
    """

    sent: int
    failed_during: int
    failed_after: int
    hung: int
    recovered: bool
    recovery_s: float | None
    longest_failure_s: float | None
    lost_writes: int | None
    doubled_writes: int | None
    half_writes: int | None
    stock_off_by: int | None
    leaked_connections: int | None
    repeated_writes: int | None = None
    latency_before: Latency | None = None
    latency_during: Latency | None = None
    latency_after: Latency | None = None
    causes: dict[str, int] = field(default_factory=dict)

    @property
    def failed(self) -> int:
        return self.failed_during + self.failed_after

    @property
    def slowest_s(self) -> float | None:
        """Of the requests that succeeded, from the fault on."""
        phases = (self.latency_during, self.latency_after)
        return max((latency.longest_s for latency in phases if latency), default=None)


@dataclass(frozen=True)
class Cell:
    """One fault on one stack under one profile, and what came of it.

    Attributes:
        gap, compares: of the claim.
        engine_options: those in force; a topology may have changed those of the profile.
        history: every request that was sent.

    """

    fault: str
    stack: Stack
    profile: Profile
    status: Status
    claim: str
    reason: str | None = None
    measured: Measured | None = None
    violations: tuple[str, ...] = ()
    decides: bool = True
    gap: bool = False
    compares: bool = True
    note: str | None = None
    engine_options: Mapping[str, Any] | None = None
    seconds: float = 0.0
    history: Sequence[Request] = field(default=(), repr=False)

    @property
    def name(self) -> str:
        return f"{self.fault} / {self.stack} / {self.profile}"

    @property
    def held(self) -> bool | None:
        """None: the cell says nothing, or takes no part in the verdict."""
        return not self.violations if self.status == "ran" and self.decides else None

    @property
    def uncovered(self) -> bool:
        """Whether the settings were seen not to cover the fault."""
        measured = self.measured
        if measured is None:
            return False
        lost = measured.hung > 0 or measured.failed_after > 0 or not measured.recovered
        return lost or (self.gap and not self.violations)


def find_uncovered(cells: Iterable[Cell]) -> dict[Stack, list[str]]:
    """The faults that the two settings were seen not to cover, by stack."""
    found: dict[Stack, list[str]] = {stack: [] for stack in STACKS}
    for cell in cells:
        if cell.profile == "same-settings" and cell.uncovered:
            found[cell.stack].append(cell.fault)
    return found


TOLERATED_SHARE = 0.2
TOLERATED_S = 0.25
"""By how much a recovery may be slower than the other's: the larger of the two."""


@dataclass(frozen=True)
class Comparison:
    """One fault on both stacks, hardened."""

    fault: str
    flask: Measured
    quart: Measured

    @property
    def worse(self) -> tuple[str, ...]:
        """In what Quart is worse than Flask, as sentences."""
        flask, quart = self.flask, self.quart
        found = []
        if quart.failed + quart.hung > flask.failed + flask.hung:
            found.append(
                f"{quart.failed} requests failed and {quart.hung} hung, on Flask"
                f" {flask.failed} and {flask.hung}"
            )
        if flask.recovery_s is not None:
            bound_s = flask.recovery_s + max(TOLERATED_S, TOLERATED_SHARE * flask.recovery_s)
            if quart.recovery_s is None or quart.recovery_s > bound_s:
                took = "none" if quart.recovery_s is None else f"{quart.recovery_s:.2f} s"
                found.append(f"recovery: {took}, on Flask {flask.recovery_s:.2f} s")
        return tuple(found)


def compare_hardened(cells: Iterable[Cell]) -> list[Comparison]:
    """The faults that both stacks were shown under `hardened`."""
    found: dict[str, dict[Stack, Measured]] = {}
    for cell in cells:
        if cell.profile == "hardened" and cell.measured is not None and cell.compares:
            found.setdefault(cell.fault, {})[cell.stack] = cell.measured
    return [
        Comparison(fault, both["flask"], both["quart"])
        for fault, both in found.items()
        if len(both) == len(STACKS)
    ]


@dataclass(frozen=True)
class RunInfo:
    """What a run was made with."""

    versions: dict[str, str]
    settings: dict[str, dict[str, dict[str, Any]]]
    seed: int
    machine: dict[str, Any]
    client_deadline_s: float
    started: str


@dataclass(frozen=True)
class RunStarted:
    run: RunInfo
    cells: int


@dataclass(frozen=True)
class PairStarted:
    """A fault's cells of one profile, which may run side by side."""

    fault: str
    profile: Profile


@dataclass(frozen=True)
class CellFinished:
    cell: Cell


@dataclass(frozen=True)
class RunFinished:
    interrupted: bool
    seconds: float


Event = RunStarted | PairStarted | CellFinished | RunFinished

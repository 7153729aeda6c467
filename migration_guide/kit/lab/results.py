"""What a cell measures, and what the parts of the lab tell the reports."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from migration_guide.kit.lab.load_results import LoadStep, kept
from migration_guide.kit.lab.open_loop import Outcome
from migration_guide.kit.lab.stacks import STACKS

Status = Literal["ran", "skipped", "inconclusive"]


@kept
@dataclass(frozen=True)
class Latency:
    """Of the requests of one phase that succeeded; *spread_s* lies between their quartiles."""

    median_s: float
    longest_s: float
    spread_s: float = 0.0


@kept
@dataclass(frozen=True)
class Measured:
    """The figures of a cell that ran; None is what was not measured.

    failed and hung are disjoint: answered without success or broken, against no answer within the
    client's deadline. The two parts of failed: sent before, and after, the fault was over.

    Attributes:
        struck_s, over_s: when the fault struck and when it was over, in seconds of the run.
        late_s: by how much the load itself was late at most.
        others_share: of this machine's processors, what other programs took meanwhile; like the
            former, noise. None where server or service was not started by the lab, and so is not
            told from others.

    """

    sent: int
    failed_during: int
    failed_after: int
    hung: int
    recovered: bool
    recovery_s: float | None
    longest_failure_s: float | None
    lost_writes: int | None = None
    doubled_writes: int | None = None
    half_writes: int | None = None
    stock_off_by: int | None = None
    leaked_connections: int | None = None
    repeated_writes: int | None = None
    latency_before: Latency | None = None
    latency_during: Latency | None = None
    latency_after: Latency | None = None
    causes: Mapping[str, int] = field(default_factory=dict)
    struck_s: float | None = None
    over_s: float | None = None
    late_s: float | None = None
    others_share: float | None = None

    @property
    def failed(self) -> int:
        return self.failed_during + self.failed_after

    @property
    def lost(self) -> int:
        """Requests without the answer that they were sent for."""
        return self.failed + self.hung

    @property
    def wrong_writes(self) -> int:
        """What no cell may show of its orders."""
        figures = (self.lost_writes, self.doubled_writes, self.half_writes, self.stock_off_by)
        return sum(figure or 0 for figure in figures)

    @property
    def slowest_s(self) -> float | None:
        """Of the requests that succeeded, from the fault on."""
        phases = (self.latency_during, self.latency_after)
        return max((latency.longest_s for latency in phases if latency), default=None)


@kept
@dataclass(frozen=True)
class Cell:
    """One fault on one stack under one profile, and what came of it.

    Attributes:
        gap, compares: of the claim.
        engine_options: those in force; a topology may have changed those of the profile.

    """

    fault: str
    stack: str
    profile: str
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


def find_uncovered(cells: Iterable[Cell]) -> dict[str, list[str]]:
    """The faults that the two settings were seen not to cover, by stack."""
    found: dict[str, list[str]] = {stack: [] for stack in STACKS}
    for cell in cells:
        if cell.profile == "same-settings" and cell.uncovered:
            found.setdefault(cell.stack, []).append(cell.fault)
    return found


TOLERATED_SHARE = 0.2
TOLERATED_S = 0.25
"""By how much a recovery may be slower than the other's: the larger of the two, or of what the
machine's noise was."""


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
        if quart.lost > flask.lost:
            found.append(
                f"{quart.failed} requests failed and {quart.hung} hung, on Flask"
                f" {flask.failed} and {flask.hung}"
            )
        if is_slower(quart, flask):
            took = "none" if quart.recovery_s is None else f"{quart.recovery_s:.2f} s"
            found.append(f"recovery: {took}, on Flask {flask.recovery_s:.2f} s")
        return tuple(found)


def is_slower(one: Measured, other: Measured) -> bool:
    """Whether it recovered later, by more than is tolerated, or not at all."""
    if other.recovery_s is None:
        return False
    noise_s = max(one.late_s or 0.0, other.late_s or 0.0)
    tolerated_s = max(TOLERATED_S, TOLERATED_SHARE * other.recovery_s, noise_s)
    return one.recovery_s is None or one.recovery_s > other.recovery_s + tolerated_s


def compare_hardened(cells: Iterable[Cell]) -> list[Comparison]:
    """The faults that both stacks were shown under `hardened`."""
    found: dict[str, dict[str, Measured]] = {}
    for cell in cells:
        if cell.profile == "hardened" and cell.measured is not None and cell.compares:
            found.setdefault(cell.fault, {})[cell.stack] = cell.measured
    return [
        Comparison(fault, both["flask"], both["quart"])
        for fault, both in found.items()
        if len(both) == len(STACKS)
    ]


@kept
@dataclass(frozen=True)
class FaultInfo:
    """What the reports tell of a fault.

    Attributes:
        page: where the documentation tells more; None where there is nothing.

    """

    summary: str
    models: str
    page: str | None = None


@kept
@dataclass(frozen=True)
class Planned:
    """A cell that a run is to have, and about how long it takes."""

    fault: str
    stack: str
    profile: str
    seconds: float


@kept
@dataclass(frozen=True)
class RunInfo:
    """What a run was made with.

    Attributes:
        versions: of Python, the server and the packages.
        settings: SQLALCHEMY_ENGINE_OPTIONS by stack and profile.
        seed: of the load and of which stack comes first.
        client_deadline_s: a request without an answer by then has hung.
        started: UTC, ISO 8601.
        faults: by name.
        schedule: every cell, in the order in which they run.
        services: what the stacks of the cells are, where they are not the kit's own.
        load_steps: how many steps of load are to be measured.

    """

    versions: Mapping[str, str]
    settings: Mapping[str, Mapping[str, Mapping[str, Any]]]
    seed: int
    machine: Mapping[str, Any]
    client_deadline_s: float
    started: str
    faults: Mapping[str, FaultInfo]
    schedule: tuple[Planned, ...]
    services: Mapping[str, str] | None = None
    load_steps: int = 0


@kept
@dataclass(frozen=True)
class Record:
    """One request of a cell; times are seconds of the run.

    Attributes:
        end_s: None where the client gave it up.
        outcome: the same.
        cause: of a failure.
        reference: of an order, which is also its Idempotency-Key.
        order_id: what a 201 said.
        attempt: from 2 on, a repetition under the same key.

    """

    fault: str
    stack: str
    profile: str
    kind: str
    start_s: float
    end_s: float | None
    outcome: Outcome | None
    status: int | None
    cause: str = ""
    reference: str | None = None
    order_id: int | None = None
    attempt: int = 1


@kept
@dataclass(frozen=True)
class Vitals:
    """What a service takes when nothing is wrong; None is what was not measured.

    Attributes:
        read_round_trips, write_round_trips: to the database, of `GET /products/1` and of
            `POST /orders`, one after the other on a warm connection.
        memory_mb: resident, of the process that answers, after the cells.

    """

    stack: str
    profile: str
    read_round_trips: float | None
    write_round_trips: float | None
    memory_mb: float | None


@dataclass(frozen=True)
class RunStarted:
    run: RunInfo


@dataclass(frozen=True)
class PairStarted:
    """A fault's cells of one profile, which may run side by side."""

    fault: str
    profile: str


@dataclass(frozen=True)
class RequestFinished:
    """Also of a request that the client gave up."""

    record: Record


@dataclass(frozen=True)
class CellFinished:
    cell: Cell


@dataclass(frozen=True)
class VitalsMeasured:
    vitals: Vitals


@dataclass(frozen=True)
class LoadMeasured:
    step: LoadStep


@kept
@dataclass(frozen=True)
class RunFinished:
    """Of a run that was ended before its time, *interrupted* is true.

    Attributes:
        seconds: None where it did not come to tell.
        reason: the error that ended it; None where that was a signal.

    """

    interrupted: bool
    seconds: float | None
    reason: str | None = None


Event = (
    RunStarted
    | PairStarted
    | RequestFinished
    | CellFinished
    | VitalsMeasured
    | LoadMeasured
    | RunFinished
)

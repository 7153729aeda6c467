"""What a cell measures, and what the parts of the lab tell the reports."""

from dataclasses import dataclass, field
from typing import Any, Literal

from migration_guide.kit.lab.stacks import Profile, Stack

Status = Literal["ran", "skipped", "inconclusive"]


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
    lost_writes: int | None
    doubled_writes: int | None
    stock_off_by: int | None
    leaked_connections: int | None
    causes: dict[str, int] = field(default_factory=dict)

    @property
    def failed(self) -> int:
        return self.failed_during + self.failed_after


@dataclass(frozen=True)
class Cell:
    """One fault on one stack under one profile, and what came of it."""

    fault: str
    stack: Stack
    profile: Profile
    status: Status
    claim: str
    reason: str | None = None
    measured: Measured | None = None
    violations: tuple[str, ...] = ()
    decides: bool = True
    note: str | None = None

    @property
    def name(self) -> str:
        return f"{self.fault} / {self.stack} / {self.profile}"

    @property
    def held(self) -> bool | None:
        """None: the cell says nothing, or takes no part in the verdict."""
        return not self.violations if self.status == "ran" and self.decides else None


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
class CellStarted:
    fault: str
    stack: Stack
    profile: Profile
    number: int  # from 1


@dataclass(frozen=True)
class CellFinished:
    cell: Cell


@dataclass(frozen=True)
class RunFinished:
    interrupted: bool
    seconds: float


Event = RunStarted | CellStarted | CellFinished | RunFinished

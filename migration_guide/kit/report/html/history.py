"""The requests of a run, of which a page keeps when each was sent and how long it took."""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field

from migration_guide.kit.lab.open_loop import Outcome
from migration_guide.kit.lab.results import Record

Key = tuple[str, str, str]
"""Fault, stack, profile: a cell."""

OUTCOMES: tuple[Outcome, ...] = ("ok", "failed", "hung")


@dataclass
class Trace:
    """The requests of one cell; a run has hundreds of thousands, so they are no objects.

    Those of the schedule alone, which the figures of the cell count: an order that is sent again
    under its key is one order.

    Attributes:
        began_s: when the first of all was sent, in seconds of the run.
        start_s: of each request, in seconds of the run.
        took_s: of each request; of one that hung, the client's deadline.
        outcomes: of each request, its place in `OUTCOMES`.
        repeated: orders that were sent again.
        given_up: requests of which the client did not wait for the end.

    """

    began_s: float = float("inf")
    start_s: "array[float]" = field(default_factory=lambda: array("d"))
    took_s: "array[float]" = field(default_factory=lambda: array("f"))
    outcomes: bytearray = field(default_factory=bytearray)
    repeated: int = 0
    given_up: int = 0

    def __len__(self) -> int:
        return len(self.outcomes)

    def add(self, record: Record) -> None:
        start_s, end_s = record.start_s, record.end_s
        self.began_s = min(self.began_s, start_s)
        if record.attempt > 1:
            self.repeated += 1
        elif record.outcome is None or end_s is None:
            self.given_up += 1
        else:
            self.start_s.append(start_s)
            self.took_s.append(end_s - start_s)
            self.outcomes.append(OUTCOMES.index(record.outcome))

    def count(self, outcome: Outcome) -> int:
        return self.outcomes.count(OUTCOMES.index(outcome))

    @property
    def last_s(self) -> float:
        """When the last of the schedule was sent."""
        return max(self.start_s, default=self.began_s)


class History:
    """Of the cells of a run."""

    def __init__(self) -> None:
        self._traces: dict[Key, Trace] = {}

    def __len__(self) -> int:
        return sum(map(len, self._traces.values()))

    def add(self, record: Record) -> None:
        key = record.fault, record.stack, record.profile
        trace = self._traces.get(key)
        if trace is None:
            trace = self._traces[key] = Trace()
        trace.add(record)

    def get(self, key: Key) -> Trace | None:
        """None of a cell of which no request is known."""
        trace = self._traces.get(key)
        return trace or None

    def values(self) -> Iterable[Trace]:
        return self._traces.values()

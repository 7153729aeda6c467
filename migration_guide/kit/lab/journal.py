"""What a cell tells while it runs, in seconds of the run."""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from migration_guide.kit.lab.open_loop import Request
from migration_guide.kit.lab.results import Event, Record, RequestFinished, RunFinished

Emit = Callable[[Event], None]


@contextlib.contextmanager
def telling_the_end(emit: Emit) -> Iterator[None]:
    """Tell when the block ends, and whether by an error."""
    start = time.monotonic()
    interrupted, reason = True, None
    try:
        yield
        interrupted = False
    except Exception as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise
    finally:
        emit(RunFinished(interrupted, time.monotonic() - start, reason))


def tell_nobody(_: Event) -> None:
    """Where only the figures of a cell are wanted."""


@dataclass(frozen=True)
class Journal:
    """Of one cell.

    Attributes:
        clock: `time.monotonic` when the run began.

    """

    fault: str
    stack: str
    profile: str
    emit: Emit = tell_nobody
    clock: float = field(default_factory=time.monotonic)

    def seconds(self, moment: float) -> float:
        return round(moment - self.clock, 4)

    def record(self, request: Request) -> None:
        self.emit(
            RequestFinished(
                Record(
                    *(self.fault, self.stack, self.profile),
                    kind=request.kind,
                    start_s=self.seconds(request.start),
                    end_s=None if request.end is None else self.seconds(request.end),
                    outcome=request.outcome,
                    status=request.status,
                    cause=request.cause,
                    reference=request.order["reference"] if request.order else None,
                    order_id=request.order_id,
                    attempt=request.attempt,
                )
            )
        )

"""From requests to figures."""

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from migration_guide.kit.lab.open_loop import Request
from migration_guide.kit.lab.results import Latency, Measured


class InconclusiveError(RuntimeError):
    """The cell says nothing about the fault: something else was wrong, as the message tells."""


@dataclass(frozen=True)
class Phases:
    """When the fault struck and when it was over."""

    struck: float
    over: float


def check_well(requests: Sequence[Request]) -> None:
    """Raise `InconclusiveError` unless all of those before the fault succeeded."""
    if bad := [request for request in requests if request.outcome != "ok"]:
        raise InconclusiveError(
            f"before the fault, {len(bad)} of {len(requests)} requests did not succeed"
            f" ({bad[0].cause or bad[0].outcome})"
        )


def count(requests: Iterable[Request], phases: Phases) -> Measured:
    """What clients saw; what became of their writes, they do not see."""
    ended = [request for request in requests if request.outcome is not None]
    before = [request for request in ended if request.start < phases.struck]
    sent = [request for request in ended if request.start >= phases.struck]
    during = [request for request in sent if request.start < phases.over]
    after = [request for request in sent if request.start >= phases.over]
    failed = [request for request in sent if request.outcome == "failed"]
    recovery_s = recovery(sent, phases.over)
    return Measured(
        sent=len(sent),
        failed_during=sum(request.start < phases.over for request in failed),
        failed_after=sum(request.start >= phases.over for request in failed),
        hung=sum(request.outcome == "hung" for request in sent),
        recovered=recovery_s is not None,
        recovery_s=recovery_s,
        longest_failure_s=max(
            (r.latency_s for r in failed if r.latency_s is not None), default=None
        ),
        latency_before=latency(before),
        latency_during=latency(during),
        latency_after=latency(after),
        causes=dict(Counter(request.cause for request in failed)),
    )


def recovery(requests: list[Request], over: float) -> float | None:
    """Seconds from the fault's end to the first answer after which every request succeeds."""
    recovery_s = None
    for request in reversed(requests):
        if request.start < over or request.outcome != "ok":
            break
        recovery_s = (request.end or request.start) - over
    return recovery_s


def latency(requests: Iterable[Request]) -> Latency | None:
    """Of the requests that succeeded; None where there is none."""
    found = [r.latency_s for r in requests if r.outcome == "ok" and r.latency_s is not None]
    if not found:
        return None
    first, _, third = statistics.quantiles(found, n=4) if len(found) > 1 else found * 3
    return Latency(statistics.median(found), longest_s=max(found), spread_s=third - first)

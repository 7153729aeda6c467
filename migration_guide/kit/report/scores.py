"""What one stack did under one profile, in figures."""

from collections.abc import Sequence
from dataclasses import dataclass

from migration_guide.kit.lab.load_results import LoadStep, LoadSummary, summarise
from migration_guide.kit.lab.results import Measured, Vitals
from migration_guide.kit.report.words import duration

MIXED = "mixed"
"""The scenario of the load that throughput and memory are taken from."""


@dataclass(frozen=True)
class Score:
    """What one stack did under one profile; None is what was not measured.

    Attributes:
        faults: that were shown for a verdict, on every stack.
        survived: of the faults, those after which no request failed, and in which none hung.
        per_second: the most answers with success, of the steps of load.
        per_second_clients: with how many clients that was.
        memory_mb: when nothing is asked.
        load_memory_mb: the most, of the same steps.

    """

    stack: str
    profile: str
    faults: int
    survived: int
    unhurt: int
    lost: int
    hung: int
    worst_recovery_s: float | None
    worst_fault: str | None
    per_second: float | None
    per_second_clients: int | None
    memory_mb: float | None
    load_memory_mb: float | None
    read_round_trips: float | None
    write_round_trips: float | None


def score(
    stack: str,
    profile: str,
    ran: Sequence[tuple[str, Measured]],
    vitals: Sequence[Vitals],
    load: Sequence[LoadStep],
) -> Score:
    """Of *ran*, the faults with what was measured, of which there is one at least."""
    worst = max(
        ((m.recovery_s, fault) for fault, m in ran if m.recovery_s is not None),
        default=(None, None),
    )
    idle = next((v for v in vitals if (v.stack, v.profile) == (stack, profile)), None)
    steps = summarise(step for step in load if step.key[:3] == (stack, profile, MIXED))
    best = max(steps, key=_per_second, default=None)
    return Score(
        *(stack, profile),
        faults=len(ran),
        survived=sum(survived(m) for _, m in ran),
        unhurt=sum(not m.lost for _, m in ran),
        lost=sum(m.lost for _, m in ran),
        hung=sum(m.hung for _, m in ran),
        worst_recovery_s=worst[0],
        worst_fault=worst[1],
        per_second=best.per_second if best else None,
        per_second_clients=best.clients if best else None,
        memory_mb=idle.memory_mb if idle else None,
        load_memory_mb=max(
            (one.memory_peak_mb for one in steps if one.memory_peak_mb), default=None
        ),
        read_round_trips=idle.read_round_trips if idle else None,
        write_round_trips=idle.write_round_trips if idle else None,
    )


def survived(measured: Measured) -> bool:
    """Whether a stack got over the fault: nothing hung, and nothing failed once it was over."""
    return measured.recovered and not measured.hung and not measured.failed_after


def tell_recovery(score: Score) -> str:
    if score.worst_recovery_s is None:
        return "-"
    return f"{duration(score.worst_recovery_s)} ({score.worst_fault})"


def _per_second(step: LoadSummary) -> float:
    return step.per_second or 0.0

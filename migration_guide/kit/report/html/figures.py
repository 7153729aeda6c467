"""The stacks side by side, under each profile that matters."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from migration_guide.kit.lab.results import RunInfo
from migration_guide.kit.report.html.profiles import about, in_order, is_control
from migration_guide.kit.report.scores import Score
from migration_guide.kit.report.summary import Summary
from migration_guide.kit.report.words import duration

UNKNOWN = "not measured"
LOAD = "--load"


@dataclass(frozen=True)
class Figure:
    """One of a stack.

    Attributes:
        fault: where it was seen.
        note: with what.
        missing: whether it was not measured.
        option: with which it would have been.

    """

    text: str
    fault: str | None = None
    note: str | None = None
    missing: bool = False
    option: str | None = None


@dataclass(frozen=True)
class Row:
    title: str
    figures: tuple[Figure, ...]
    main: bool = False


@dataclass(frozen=True)
class Sheet:
    """The figures of one profile: a column a stack."""

    profile: str
    about: str
    stacks: tuple[str, ...]
    rows: tuple[Row, ...]


def sheets(summary: Summary, run: RunInfo | None) -> list[Sheet]:
    """Of the controls only where there is nothing else."""
    profiles = in_order(summary.profiles)
    shown = [name for name in profiles if not is_control(name)] or profiles
    found = []
    for profile in shown:
        scores = [score for score in summary.scores if score.profile == profile]
        if scores:
            stacks = tuple(score.stack for score in scores)
            found.append(Sheet(profile, about(profile, run), stacks, tuple(_rows(scores))))
    return found


def _rows(scores: list[Score]) -> Iterator[Row]:
    loaded = any(score.load_memory_mb is not None for score in scores)
    telling: tuple[tuple[str, Callable[[Score], Figure]], ...] = (
        ("Faults got over", lambda s: Figure(f"{s.survived} of {s.faults}")),
        ("Without any loss", lambda s: Figure(f"{s.unhurt} of {s.faults}")),
        ("Requests lost", lambda s: Figure(f"{s.lost:,}")),
        ("of these hung", lambda s: Figure(f"{s.hung:,}")),
        ("Worst recovery", _recovery),
        ("Most answers a second", _answers),
        ("Memory: idle, under load" if loaded else "Memory, idle", _memory),
        ("Round trips: read, order", _round_trips),
    )
    for number, (title, tell) in enumerate(telling):
        yield Row(title, tuple(map(tell, scores)), main=not number)


def _recovery(score: Score) -> Figure:
    if score.worst_recovery_s is None:
        return Figure(UNKNOWN, missing=True)
    return Figure(duration(score.worst_recovery_s), score.worst_fault)


def _answers(score: Score) -> Figure:
    most = _measured(score.per_second, ",.0f", option=LOAD)
    clients = score.per_second_clients
    return most if most.missing else replace(most, note=f"at {clients:,} clients")


def _memory(score: Score) -> Figure:
    idle = _measured(score.memory_mb, ",.0f", " MB")
    if idle.missing or score.load_memory_mb is None:
        return idle
    return Figure(f"{idle.text}, {score.load_memory_mb:,.0f} MB")


def _round_trips(score: Score) -> Figure:
    read, order = (
        _measured(figure, "g") for figure in (score.read_round_trips, score.write_round_trips)
    )
    return read if read.missing else Figure(f"{read.text}, {order.text}")


def _measured(figure: float | None, form: str, unit: str = "", option: str | None = None) -> Figure:
    if figure is None:
        return Figure(UNKNOWN, missing=True, option=option)
    return Figure(f"{figure:{form}}{unit}")

"""Each fault: what was injected, what the stacks did, each request, and the figures."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from migration_guide.kit.lab.results import Cell, FaultInfo, Latency
from migration_guide.kit.report.html.badges import Badge, badges, judged
from migration_guide.kit.report.html.history import History
from migration_guide.kit.report.html.marks import Drawing
from migration_guide.kit.report.html.profiles import in_order
from migration_guide.kit.report.html.timeline import Lane, picture, span
from migration_guide.kit.report.summary import Results, Summary
from migration_guide.kit.report.words import Story, duration, listed, stories


@dataclass(frozen=True)
class Claimed:
    """What was claimed of some stacks, and whether it held."""

    claim: str
    judged: Badge
    stacks: str


@dataclass(frozen=True)
class Account:
    """What happened to stacks that did the same."""

    sentence: str
    claimed: tuple[Claimed, ...]


@dataclass(frozen=True)
class Figures:
    """One stack under one profile; the texts are those of the table's columns."""

    stack: str
    badges: tuple[Badge, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """What it has of each profile; *number* tells its pictures from those of other faults."""

    number: int
    fault: str
    info: FaultInfo
    accounts: Mapping[str, list[Account]]
    pictures: tuple[tuple[str, Markup], ...]
    figures: Mapping[str, list[Figures]]


def sections(
    results: Results, summary: Summary, history: History, drawing: Drawing
) -> Iterator[Section]:
    """One of each fault that is told of."""
    run = results.run
    deadline_s = run.client_deadline_s if run else 0.0
    chosen = told(results.cells, drawing.most)
    ordered = _ordered(summary, [cell for cell in results.cells if cell.fault in chosen])
    for number, story in enumerate(stories(run.faults if run else {}, ordered), 1):
        cells = [cell for cell in ordered if cell.fault == story.fault]
        yield Section(
            number,
            story.fault,
            story.info,
            _accounts(story, cells),
            tuple(_pictures(number, cells, history, deadline_s, drawing)),
            {
                profile: [_figures(cell) for cell in several]
                for profile, several in _by_profile(cells).items()
            },
        )


def told(cells: Sequence[Cell], most: int | None) -> set[str]:
    """The faults with a section: all, or those in which most went wrong."""
    wrong: dict[str, tuple[int, int]] = {}
    for cell in cells:
        failed, lost = wrong.get(cell.fault, (0, 0))
        lost += cell.measured.lost if cell.measured else 0
        wrong[cell.fault] = failed + (cell.held is False), lost
    return set(sorted(wrong, key=lambda fault: wrong[fault], reverse=True)[:most])


def _ordered(summary: Summary, cells: Sequence[Cell]) -> list[Cell]:
    """The faults as they ran, each by profile, and the stack before the move first."""
    faults = list(dict.fromkeys(cell.fault for cell in cells))
    profiles = in_order(cell.profile for cell in cells)

    def place(cell: Cell) -> tuple[int, ...]:
        stack = summary.stacks.index(cell.stack)
        return faults.index(cell.fault), profiles.index(cell.profile), stack

    return sorted(cells, key=place)


def _by_profile(cells: Sequence[Cell]) -> dict[str, list[Cell]]:
    found: dict[str, list[Cell]] = {}
    for cell in cells:
        found.setdefault(cell.profile, []).append(cell)
    return found


def _accounts(story: Story, cells: Sequence[Cell]) -> dict[str, list[Account]]:
    found: dict[str, list[Account]] = {}
    for told in story.told:
        about: dict[tuple[str, Badge], list[str]] = {}
        for cell in cells:
            if cell.profile == told.profile and cell.stack in told.stacks:
                about.setdefault((cell.claim, judged(cell)), []).append(cell.stack)
        claimed = (
            Claimed(claim, badge, listed(stacks) if len(about) > 1 else "")
            for (claim, badge), stacks in about.items()
        )
        account = Account(told.sentence, tuple(claimed))
        found.setdefault(told.profile, []).append(account)
    return found


def _pictures(
    number: int, cells: Sequence[Cell], history: History, deadline_s: float, drawing: Drawing
) -> Iterator[tuple[str, Markup]]:
    """One of each profile of which requests are known; all have the same axes."""
    if not drawing.pictures:
        return
    lanes = {
        profile: [
            Lane(cell.stack, cell, history.get((cell.fault, cell.stack, profile)))
            for cell in several
        ]
        for profile, several in _by_profile(cells).items()
    }
    span_s = span(lane for several in lanes.values() for lane in several)
    for place, (profile, several) in enumerate(lanes.items()):
        if any(lane.trace for lane in several):
            title = f"{several[0].cell.fault}, {profile}: how long each request took"
            name = f"p{number}-{place}"
            yield profile, picture(name, title, several, span_s, deadline_s, drawing.grid)


def _figures(cell: Cell) -> Figures:
    measured = cell.measured
    texts: tuple[str, ...] = ()
    if measured is not None:
        phases = (measured.latency_before, measured.latency_during, measured.latency_after)
        recovery = duration(measured.recovery_s) if measured.recovered else "not recovered"
        latencies = (text for phase in phases for text in _latency(phase))
        texts = (*(f"{n:,}" for n in (measured.sent, measured.failed, measured.hung)), recovery)
        texts += tuple(latencies)
    return Figures(cell.stack, tuple(badges(cell)), texts)


def _latency(latency: Latency | None) -> tuple[str, str]:
    if latency is None:
        return "-", "-"
    return duration(latency.median_s), duration(latency.longest_s)

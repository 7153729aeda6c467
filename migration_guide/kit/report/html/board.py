"""The scoreboard: a row a fault, a column a stack under a profile."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from migration_guide.kit.lab.results import Cell
from migration_guide.kit.report.html.badges import NOT_RUN, Badge, badges
from migration_guide.kit.report.html.profiles import about, in_order
from migration_guide.kit.report.summary import Better, Results, Summary
from migration_guide.kit.report.words import counted


@dataclass(frozen=True)
class Entry:
    """One cell, or which stack did *better* in the cells before it."""

    badges: tuple[Badge, ...] = ()
    better: str | None = None
    leads: bool = False


@dataclass(frozen=True)
class Line:
    fault: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Group:
    """Faults in which the same stack did better; without a title, all."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Board:
    """*compares*: whether each profile has a column of which stack did better."""

    stacks: tuple[str, ...]
    profiles: tuple[tuple[str, str], ...]
    groups: tuple[Group, ...]
    compares: bool

    @property
    def width(self) -> int:
        """Columns of a profile."""
        return len(self.stacks) + self.compares


class _Maker:
    def __init__(self, results: Results, summary: Summary) -> None:
        self._run, self._summary = results.run, summary
        self._cells = {(cell.fault, cell.stack, cell.profile): cell for cell in results.cells}
        self._better = {(pair.fault, pair.profile): pair.better for pair in summary.pairs}
        schedule = self._run.schedule if self._run else ()
        self._planned = {(one.fault, one.stack, one.profile) for one in schedule}
        self._faults = dict.fromkeys(
            [one.fault for one in schedule] + [cell.fault for cell in results.cells]
        )
        self._profiles = in_order(
            [one.profile for one in schedule] + [cell.profile for cell in results.cells]
        )

    def make(self) -> Board:
        return Board(
            tuple(self._summary.stacks),
            tuple((name, about(name, self._run)) for name in self._profiles),
            tuple(self._groups()),
            compares=bool(self._better),
        )

    def _groups(self) -> Iterator[Group]:
        """By the first profile, which is the one that a team would run."""
        if not self._better:
            yield Group("", tuple(map(self._line, self._faults)))
            return
        before, after = self._summary.stacks[:2]
        first = self._profiles[0]
        titles: Mapping[Better | None, str] = {
            "after": f"{after} better",
            "before": f"{before} better",
            "mixed": "some of each",
            "same": "the same on both stacks",
            None: "no comparison",
        }
        for better, title in titles.items():
            faults = [name for name in self._faults if self._better.get((name, first)) == better]
            if faults:
                heading = f"{first}: {title} in {counted(len(faults), 'fault')}"
                yield Group(heading, tuple(map(self._line, faults)))

    def _line(self, fault: str) -> Line:
        entries: list[Entry] = []
        for profile in self._profiles:
            entries += (self._entry(fault, stack, profile) for stack in self._summary.stacks)
            if self._better:
                entries.append(self._which(fault, profile))
        return Line(fault, tuple(entries))

    def _entry(self, fault: str, stack: str, profile: str) -> Entry:
        cell: Cell | None = self._cells.get((fault, stack, profile))
        if cell is not None:
            return Entry(tuple(badges(cell)))
        return Entry((NOT_RUN,) if (fault, stack, profile) in self._planned else ())

    def _which(self, fault: str, profile: str) -> Entry:
        better = self._better.get((fault, profile))
        if better is None:
            return Entry(better="")
        before, after = self._summary.stacks[:2]
        names = {"before": before, "after": after, "mixed": "some of each", "same": "same"}
        return Entry(better=names[better], leads=better in ("before", "after"))


def board(results: Results, summary: Summary) -> Board:
    return _Maker(results, summary).make()

"""What got worse, and what better, from one run to another."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from migration_guide.kit.lab.results import Cell, Measured, Vitals, is_slower
from migration_guide.kit.report.load_difference import Change, of_load
from migration_guide.kit.report.summary import Results, fewer
from migration_guide.kit.report.words import counted, duration, listed, lost

MEMORY_SHARE = 0.2


@dataclass(frozen=True)
class Difference:
    """Of two runs.

    Attributes:
        made_with: in what the runs were made differently.
        compared: how many cells both have measured.
        not_compared: how many the first has measured, and the second has not.

    """

    made_with: tuple[str, ...]
    changes: tuple[Change, ...]
    compared: int
    not_compared: int

    @property
    def worse(self) -> list[Change]:
        return [change for change in self.changes if change.worse]

    @property
    def conclusive(self) -> bool:
        """Whether it may be said that nothing got worse."""
        return self.compared > 0 and not self.not_compared

    @property
    def verdict(self) -> str:
        if not self.compared:
            return "The two runs have measured no cell in common: nothing to compare."
        count = len({change.about for change in self.worse})
        what = {0: "Nothing", 1: "One thing"}.get(count, f"{count} things")
        text = f"{what} got worse; both runs have measured {counted(self.compared, 'cell')}"
        return f"{text}, {self.not_compared} only the first." if self.not_compared else f"{text}."

    def document(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict,
            "compared": self.compared,
            "not_compared": self.not_compared,
            "made_with": list(self.made_with),
            "changes": [asdict(change) for change in self.changes],
        }


def compare(before: Results, after: Results) -> Difference:
    cells = {cell.name: cell for cell in before.cells}
    both = [(cells[cell.name], cell) for cell in after.cells if cell.name in cells]
    changes = [change for one, other in both for change in _of_cell(one, other)]
    there = {cell.name for cell in after.cells}
    changes += [Change(name, "was not run again", None) for name in cells if name not in there]
    changes += _of_vitals(before.vitals, after.vitals)
    changes += of_load(before.load, after.load)
    compared = sum(bool(one.measured and other.measured) for one, other in both)
    measured = sum(bool(cell.measured) for cell in before.cells)
    made_with = tuple(_made_with(before, after))
    return Difference(made_with, tuple(changes), compared, measured - compared)


def _of_cell(before: Cell, after: Cell) -> Iterator[Change]:
    name = before.name
    if before.measured is None or after.measured is None:
        if before.status != after.status:
            reason = f" ({after.reason})" if after.reason else ""
            yield Change(name, f"{before.status}, now {after.status}{reason}", None)
        return
    figures = list(_of_figures(name, before.measured, after.measured))
    if before.held != after.held and None not in (before.held, after.held):
        worse = not after.held
        told = any(change.worse is worse for change in figures)
        reason = "" if told or not worse else f": {'; '.join(after.violations)}"
        yield Change(name, f"its claim {'failed' if worse else 'held again'}{reason}", worse)
    yield from figures


def _of_figures(name: str, before: Measured, after: Measured) -> Iterator[Change]:
    counts = ((before.lost, after.lost), (before.hung, after.hung))
    votes = {fewer(was, now) for was, now in counts} - {"same"}
    if votes:  # one that got better does not make up for the other
        yield Change(name, f"{lost(before)}, now {lost(after)}", worse="before" in votes)
    for what, was, now in (
        ("orders lost, doubled or by half", before.wrong_writes, after.wrong_writes),
        ("leaked connections", before.leaked_connections or 0, after.leaked_connections or 0),
    ):
        if was != now:
            yield Change(name, f"{what}: {was}, now {now}", worse=now > was)
    slower, sooner = is_slower(after, before), is_slower(before, after)
    if slower or sooner:
        times = f"{duration(before.recovery_s)}, now {duration(after.recovery_s)}"
        yield Change(name, f"recovered in {times}", worse=slower)


def _of_vitals(before: Sequence[Vitals], after: Sequence[Vitals]) -> Iterator[Change]:
    old = {(one.stack, one.profile): one for one in before}
    for new in after:
        if (one := old.get((new.stack, new.profile))) is None:
            continue
        name = f"{new.stack} / {new.profile}"
        for what, was, now, noise in (
            ("round trips of a read", one.read_round_trips, new.read_round_trips, 0),
            ("round trips of an order", one.write_round_trips, new.write_round_trips, 0),
            ("memory in MB", one.memory_mb, new.memory_mb, MEMORY_SHARE),
        ):
            if was is not None and now is not None and abs(now - was) > noise * was:
                yield Change(name, f"{what}: {was:g}, now {now:g}", worse=now > was)


def _made_with(before: Results, after: Results) -> Iterator[str]:
    for results, which in ((before, "first"), (after, "second")):
        if results.interrupted:
            yield f"The {which} run was interrupted."
    one, other = before.run, after.run
    if one is None or other is None:
        return
    for name, was in one.versions.items():
        if (now := other.versions.get(name)) != was:
            yield f"{name}: {was}, now {now}"
    if one.machine != other.machine:
        yield f"The machine: {_plain(one.machine)}, now {_plain(other.machine)}"
    for change, services in _settings(before, after).items():
        yield f"The settings of {listed(services)}: {change}"


def _settings(before: Results, after: Results) -> dict[str, list[str]]:
    """What was set differently, and on which services that ran in both."""
    found: dict[str, list[str]] = {}
    there = {(cell.stack, cell.profile) for cell in after.cells}
    for stack, profile in sorted({(cell.stack, cell.profile) for cell in before.cells}):
        options, others = (
            results.run.settings.get(stack, {}).get(profile, {}) if results.run else {}
            for results in (before, after)
        )
        if options != others and (stack, profile) in there:
            found.setdefault(_changed(options, others), []).append(f"{stack} / {profile}")
    return found


def _changed(options: Mapping[str, Any], others: Mapping[str, Any]) -> str:
    names = dict.fromkeys((*options, *others))
    return "; ".join(
        f"{name}: {options.get(name, 'not set')}, now {others.get(name, 'not set')}"
        for name in names
        if options.get(name) != others.get(name)
    )


def _plain(machine: Mapping[str, Any]) -> str:
    return ", ".join(f"{value} {name}" for name, value in machine.items())

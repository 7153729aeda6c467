"""What got worse, and what better, from one run to another."""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from migration_guide.kit.lab.load_results import Key, LoadStep
from migration_guide.kit.lab.results import Cell, Measured, Vitals, is_slower
from migration_guide.kit.report.summary import Results, fewer
from migration_guide.kit.report.words import duration, listed, lost

LOAD_SHARE = 0.1
"""Less throughput than that is noise, as is any where the rounds of two runs overlap."""
MEMORY_SHARE = 0.2


@dataclass(frozen=True)
class Change:
    """One thing that is not what it was.

    Attributes:
        about: the cell, or what else was measured.
        worse: None where the two runs cannot be held against each other there.

    """

    about: str
    sentence: str
    worse: bool | None


@dataclass(frozen=True)
class Difference:
    """Of two runs.

    Attributes:
        made_with: in what the runs were made differently.
        compared: how many cells both have.

    """

    made_with: tuple[str, ...]
    changes: tuple[Change, ...]
    compared: int

    @property
    def worse(self) -> list[Change]:
        return [change for change in self.changes if change.worse]

    @property
    def verdict(self) -> str:
        if not self.compared:
            return "The two runs have no cell in common: nothing to compare."
        count = len({change.about for change in self.worse})
        what = {0: "Nothing", 1: "One thing"}.get(count, f"{count} things")
        return f"{what} got worse; both runs have {self.compared} cells."

    def document(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict,
            "compared": self.compared,
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
    changes += _of_load(before.load, after.load)
    return Difference(tuple(_made_with(before, after)), tuple(changes), len(both))


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
    for one, other in ((before.lost, after.lost), (before.hung, after.hung)):
        if (smaller := fewer(one, other)) != "same":
            sentence = f"{lost(before)}, now {lost(after)}"
            yield Change(name, sentence, worse=smaller == "before")
            break  # the sentence tells both
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


def _of_load(before: Sequence[LoadStep], after: Sequence[LoadStep]) -> Iterator[Change]:
    old, new = _rounds(before), _rounds(after)
    for key in old.keys() & new.keys():
        was, now = old[key], new[key]
        apart = max(now) < min(was) or min(now) > max(was)
        medians = statistics.median(was), statistics.median(now)
        if apart and abs(medians[1] - medians[0]) > LOAD_SHARE * medians[0]:
            stack, profile, scenario, clients = key
            yield Change(
                f"load / {stack} / {profile} / {scenario}, {clients} clients",
                f"{medians[0]:.0f} answers/s, now {medians[1]:.0f}",
                worse=medians[1] < medians[0],
            )


def _rounds(steps: Sequence[LoadStep]) -> dict[Key, list[float]]:
    rounds: dict[Key, list[float]] = {}
    for step in steps:
        rounds.setdefault(step.key, []).append(step.per_second)
    return rounds


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

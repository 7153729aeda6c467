"""What a run comes to: which stack recovers better from what, what it costs, what to watch."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from migration_guide.kit.lab.load_results import LoadStep
from migration_guide.kit.lab.results import (
    Cell,
    CellFinished,
    Event,
    LoadMeasured,
    Measured,
    RunFinished,
    RunInfo,
    RunStarted,
    Vitals,
    VitalsMeasured,
    compare_hardened,
    find_uncovered,
    is_slower,
)
from migration_guide.kit.lab.stacks import STACKS
from migration_guide.kit.report.balance import brought, paid, sentences
from migration_guide.kit.report.load import Worse, worse
from migration_guide.kit.report.scores import Score, score, survived
from migration_guide.kit.report.words import count_claims, counted, did, listed

Tone = Literal["good", "mixed", "bad", "unknown"]
Better = Literal["before", "after", "same", "mixed"]

FEW = 2
SHARE = 0.25
"""Two counts of lost requests that are both above 0 are taken for the same if they differ by no
more than the larger of the two: that depends on which request is on its way at the moment."""


@dataclass(frozen=True)
class Pair:
    """One fault on the stack before and the one after, under one profile."""

    fault: str
    profile: str
    before: Measured
    after: Measured

    @property
    def better(self) -> Better:
        """Which lost less: fewer requests, of which fewer hung; else which recovered sooner."""
        votes = {
            fewer(self.before.lost, self.after.lost),
            fewer(self.before.hung, self.after.hung),
            fewer(self.before.wrong_writes, self.after.wrong_writes),
        } - {"same"}
        if not votes:
            return self._sooner
        return votes.pop() if len(votes) == 1 else "mixed"

    @property
    def _sooner(self) -> Better:
        if is_slower(self.after, self.before):
            return "before"
        return "after" if is_slower(self.before, self.after) else "same"


def fewer(before: int, after: int) -> Better:
    """Which of two counts is the smaller, noise aside."""
    if before == after:
        return "same"
    if min(before, after) and abs(before - after) <= max(FEW, SHARE * max(before, after)):
        return "same"
    return "before" if before < after else "after"


@dataclass
class Results:
    """Collects the events of one run, but for its requests."""

    run: RunInfo | None = None
    cells: list[Cell] = field(default_factory=list)
    vitals: list[Vitals] = field(default_factory=list)
    load: list[LoadStep] = field(default_factory=list)
    finished: RunFinished | None = None

    def __call__(self, event: Event) -> None:
        match event:
            case RunStarted():
                self.run = event.run
            case CellFinished():
                self.cells.append(event.cell)
            case VitalsMeasured():
                self.vitals.append(event.vitals)
            case LoadMeasured():
                self.load.append(event.step)
            case RunFinished():
                self.finished = event

    @property
    def interrupted(self) -> bool:
        return self.finished is None or self.finished.interrupted

    @property
    def error(self) -> str | None:
        """What ended a run before its time, where that was no signal."""
        return self.finished.reason if self.finished else None

    @property
    def missing(self) -> list[str]:
        """The faults with cells that a complete run would have, in order."""
        if self.run is None:
            return []
        there = {(cell.fault, cell.stack, cell.profile) for cell in self.cells}
        return list(
            dict.fromkeys(
                one.fault
                for one in self.run.schedule
                if (one.fault, one.stack, one.profile) not in there
            )
        )


class Summary:
    """Of the results so far.

    Attributes:
        stacks: those of the run; the first is the one before the move, the second the one after.

    """

    def __init__(self, results: Results) -> None:
        self._results = results
        self.cells = results.cells
        planned = results.run.schedule if results.run else ()
        self.stacks = _order([one.stack for one in planned] + [one.stack for one in results.cells])
        self.profiles = list(dict.fromkeys(cell.profile for cell in self.cells))

    @cached_property
    def scores(self) -> list[Score]:
        return [
            score
            for profile in self.profiles
            for stack in self.stacks
            if (score := self._score(stack, profile))
        ]

    def score(self, stack: str, profile: str) -> Score | None:
        return next((s for s in self.scores if (s.stack, s.profile) == (stack, profile)), None)

    @cached_property
    def pairs(self) -> list[Pair]:
        """Where both stacks were shown the fault for a verdict; of more stacks, the first two."""
        if len(self.stacks) < 2:
            return []
        there = {(cell.fault, cell.profile, cell.stack): cell for cell in self.cells}
        found = []
        for fault, profile in dict.fromkeys((cell.fault, cell.profile) for cell in self.cells):
            cells = [there.get((fault, profile, stack)) for stack in self.stacks[:2]]
            if all(cell and cell.measured and cell.compares and cell.decides for cell in cells):
                before, after = (cell.measured for cell in cells if cell and cell.measured)
                found.append(Pair(fault, profile, before, after))
        return found

    def counts(self, profile: str) -> dict[Better, list[str]]:
        """The faults by which stack did better in them."""
        counts: dict[Better, list[str]] = {"before": [], "after": [], "same": [], "mixed": []}
        for pair in self.pairs:
            if pair.profile == profile:
                counts[pair.better].append(pair.fault)
        return counts

    @property
    def tone(self) -> Tone:
        if any(cell.held is False for cell in self.cells):
            return "bad"
        if self._results.interrupted or not any(cell.held for cell in self.cells):
            return "unknown"
        if any(cell.status == "inconclusive" for cell in self.cells):
            return "unknown"
        if len(self.stacks) > 1 and not self._decisive:
            return "unknown"
        watched = any(pair.better in ("before", "mixed") for pair in self._decisive)
        return "mixed" if watched or self._worse_under_load else "good"

    @property
    def verdict(self) -> str:
        """The first sentences of every report."""
        return " ".join((self.headline, *self.balance))

    @property
    def headline(self) -> str:
        claims = count_claims(self.cells)
        if claims["failed"]:
            return f"{claims['failed']} of {len(self.cells)} cells did not do what was claimed."
        if self._results.interrupted:
            return "This run is not complete; no verdict."
        if claims["inconclusive"] or not claims["held"]:
            busy = "The machine was too busy, or something else was wrong"
            return f"{busy if claims['inconclusive'] else 'No cell was judged'}: no verdict."
        if len(self.stacks) < 2:
            return f"{self.stacks[0]} does what is claimed of it."
        before, after = self.stacks[:2]
        if not self._decisive:
            return (
                f"Every claim held, but no fault was compared between {before} and {after}:"
                " no verdict on the move."
            )
        return self._of_the_move(before, after)

    def _of_the_move(self, before: str, after: str) -> str:
        profile = self._decisive[0].profile
        how = {"hardened": "hardened, ", "own": ""}.get(profile, f"under {profile}, ")
        if self.tone == "good":
            return (
                f"The move is safe here: {how}{after} recovers as {before} does or better,"
                f" from {self._compared(profile)}."
            )
        orders = all(pair.after.lost_writes is not None for pair in self._decisive)
        was = sum(survived(pair.before) for pair in self._decisive)
        now = sum(survived(pair.after) for pair in self._decisive)
        return (
            f"The move is safe here, at a price: {how}{after}{' loses no order and' * orders} gets"
            f" over {now} of {counted(len(self._decisive), 'compared fault')}, {before} over {was}."
        )

    @property
    def balance(self) -> list[str]:
        """What the move brings and what it costs, where it is safe."""
        if self.tone not in ("good", "mixed") or not self._decisive:
            return []
        before, after = (self.score(one, self._decisive[0].profile) for one in self.stacks[:2])
        if before is None or after is None:
            return []
        faults = {
            better: [pair.fault for pair in self._decisive if pair.better == better]
            for better in ("before", "after", "mixed")
        }
        return list(
            sentences(
                brought(before, after, faults["after"], self._results.load),
                paid(before, after, faults["before"], faults["mixed"], self._worse_under_load),
            )
        )

    def _compared(self, profile: str) -> str:
        count = len(self._decisive)
        text = "the one fault that was compared" if count == 1 else f"all {count} compared faults"
        faults = {cell.fault for cell in self.cells if cell.profile == profile}
        left = len(faults) - count
        return f"{text} ({left} {'was' if left == 1 else 'were'} not)" if left else text

    @cached_property
    def _decisive(self) -> list[Pair]:
        """Those of the profile that a team would run."""
        for profile in ("hardened", "own", *reversed(self.profiles)):
            if found := [pair for pair in self.pairs if pair.profile == profile]:
                return found
        return []

    def comparisons(self) -> Iterator[str]:
        """For each profile, in how many faults the two stacks do alike, and in which not."""
        if len(self.stacks) < 2:
            return
        before, after = self.stacks[:2]
        for profile in self.profiles:
            counts = self.counts(profile)
            if not (total := sum(map(len, counts.values()))):
                continue
            text = f"{profile}: the same on both stacks in {len(counts['same'])} of {total} faults"
            for names, words in (
                (counts["after"], f"{after} better in"),
                (counts["before"], f"{before} better in"),
                (counts["mixed"], "some of each in"),
            ):
                if names:
                    text += f"; {words} {len(names)} ({', '.join(names)})"
            yield f"{text}."

    def watch(self) -> Iterator[str]:
        """What somebody who decides has to know."""
        if self._results.interrupted:
            yield from self.incomplete()
        yield from self._uncovered()
        yield from self._uncounted()
        for one in compare_hardened(self.cells):
            for sentence in one.worse:
                yield f"{one.fault}: hardened, quart is worse than flask: {sentence}."
        yield from (one.sentence for one in self._worse_under_load)
        for status in ("inconclusive", "skipped"):
            reasons: dict[str, dict[str, None]] = {}
            for cell in self.cells:
                if cell.status == status:
                    reasons.setdefault(cell.reason or "", {})[cell.fault] = None
            for reason, names in reasons.items():
                yield f"{status.capitalize()}: {listed(list(names))}: {reason}."

    def _uncovered(self) -> Iterator[str]:
        """What the two settings do not cover: on all stacks, and on each besides."""
        uncovered = find_uncovered(self.cells)
        if not uncovered:
            return
        alone = "With the two settings alone,"
        first, *others = uncovered.values()
        common = [fault for fault in first if others and all(fault in one for one in others)]
        if common:
            yield f"{alone} neither {' nor '.join(uncovered)} gets over {listed(common)}."
        for stack, faults in uncovered.items():
            if rest := [fault for fault in faults if fault not in common]:
                yield f"{alone} {stack} does not get over {listed(rest)}."

    def _uncounted(self) -> Iterator[str]:
        """What was shown and not judged, which would else be seen further down alone."""
        for (fault, profile), cells in self._not_judged.items():
            told = "; ".join(f"{cell.stack}: {did(cell)}" for cell in cells)
            yield f"No verdict on {fault}, {profile}, so it counts nowhere: {told}."

    @cached_property
    def _worse_under_load(self) -> list[Worse]:
        """In what the stack after the move is worse under load, with the same settings."""
        if not self._decisive:
            return []
        before, after = self.stacks[:2]
        return list(worse(self._results.load, before, after, self._decisive[0].profile))

    def incomplete(self) -> Iterator[str]:
        """What a run that was interrupted has not come to."""
        run = self._results.run
        planned = len(run.schedule) if run else 0
        if error := self._results.error:
            yield f"An error has ended the run: {error}"
        yield (
            f"Interrupted: {len(self.cells)} of {planned} cells ran. Missing, in whole or in part:"
            f" {listed(self._results.missing) or 'nothing of the cells'}."
        )
        if run and len(self._results.load) < run.load_steps:
            yield f"Of the load, {len(self._results.load)} of {run.load_steps} steps ran."

    def _score(self, stack: str, profile: str) -> Score | None:
        """What was not judged on one stack counts on none: all count the same faults."""
        results = self._results
        mine = [
            (cell.fault, cell.measured)
            for cell in self.cells
            if (cell.stack, cell.profile) == (stack, profile)
            and cell.measured
            and (cell.fault, profile) not in self._not_judged
        ]
        return score(stack, profile, mine, results.vitals, results.load) if mine else None

    @cached_property
    def _not_judged(self) -> dict[tuple[str, str], list[Cell]]:
        """The cells without a verdict, by fault and profile."""
        found: dict[tuple[str, str], list[Cell]] = {}
        for cell in self.cells:
            if cell.measured and not cell.decides:
                found.setdefault((cell.fault, cell.profile), []).append(cell)
        return found


def _order(stacks: list[str]) -> list[str]:
    """Each once, the one before the move first: of the kit's own, which ran first alternates."""
    names = list(dict.fromkeys(stacks))
    return list(STACKS) if set(names) == set(STACKS) else names

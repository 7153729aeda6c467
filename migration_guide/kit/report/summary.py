"""What a run comes to: which stack recovers better from what, what it costs, what to watch."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from migration_guide.kit.lab.load_results import LoadStep, summarise
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
from migration_guide.kit.report.words import count_claims, duration, listed

Tone = Literal["good", "mixed", "bad", "unknown"]
Better = Literal["before", "after", "same", "mixed"]

FEW = 2
SHARE = 0.25
"""Two counts of lost requests that are both above 0 are taken for the same if they differ by no
more than the larger of the two: that depends on which request is on its way at the moment."""

MIXED = "mixed"
"""The scenario of the load that the throughput is taken from."""


@dataclass(frozen=True)
class Score:
    """What one stack did under one profile; None is what was not measured.

    Attributes:
        survived: of the faults, those after which no request failed, and in which none hung.
        per_second: the most answers with success, of the steps of load.

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
    memory_mb: float | None
    read_round_trips: float | None
    write_round_trips: float | None


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
        """Where both stacks were shown the fault; with more than two stacks, the first two."""
        if len(self.stacks) < 2:
            return []
        there = {(cell.fault, cell.profile, cell.stack): cell for cell in self.cells}
        found = []
        for fault, profile in dict.fromkeys((cell.fault, cell.profile) for cell in self.cells):
            cells = [there.get((fault, profile, stack)) for stack in self.stacks[:2]]
            if all(cell and cell.measured and cell.compares for cell in cells):
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
        watched = any(pair.better in ("before", "mixed") for pair in self._decisive)
        return "mixed" if watched else "good"

    @property
    def verdict(self) -> str:
        """The first sentence of every report."""
        claims = count_claims(self.cells)
        if claims["failed"]:
            return f"{claims['failed']} of {len(self.cells)} cells did not do what was claimed."
        if self._results.interrupted:
            return "This run is not complete; no verdict."
        if self.tone == "unknown":
            return "The machine was too busy, or something else was wrong: no verdict."
        if len(self.stacks) < 2:
            return f"{self.stacks[0]} does what is claimed of it."
        before, after = self.stacks[:2]
        profile = self._decisive[0].profile if self._decisive else ""
        how = {"hardened": "hardened, ", "own": ""}.get(profile, f"under {profile}, ")
        if self.tone == "good":
            return (
                f"The move is safe here: {how}{after} recovers as {before} does or better,"
                " from every fault."
            )
        return (
            f"The move is safe here, at a price: {how}{after} loses no order and gets over"
            f" {self._share(after, profile)}, {before} over {self._share(before, profile)};"
            " see what to watch."
        )

    @property
    def _decisive(self) -> list[Pair]:
        """Those of the profile that a team would run."""
        for profile in ("hardened", "own", *reversed(self.profiles)):
            if found := [pair for pair in self.pairs if pair.profile == profile]:
                return found
        return []

    def _share(self, stack: str, profile: str) -> str:
        score = self.score(stack, profile)
        return f"{score.survived} of {score.faults} faults" if score else "none"

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
        for stack, faults in find_uncovered(self.cells).items():
            if faults:
                yield f"With the two settings alone, {stack} does not get over {listed(faults)}."
        for one in compare_hardened(self.cells):
            for sentence in one.worse:
                yield f"{one.fault}: hardened, quart is worse than flask: {sentence}."
        for status in ("inconclusive", "skipped"):
            reasons: dict[str, dict[str, None]] = {}
            for cell in self.cells:
                if cell.status == status:
                    reasons.setdefault(cell.reason or "", {})[cell.fault] = None
            for reason, names in reasons.items():
                yield f"{status.capitalize()}: {listed(list(names))}: {reason}."

    def incomplete(self) -> Iterator[str]:
        """What a run that was interrupted has not come to."""
        run = self._results.run
        planned = len(run.schedule) if run else 0
        yield (
            f"Interrupted: {len(self.cells)} of {planned} cells ran. Missing, in whole or in part:"
            f" {listed(self._results.missing) or 'nothing of the cells'}."
        )
        if run and len(self._results.load) < run.load_steps:
            yield f"Of the load, {len(self._results.load)} of {run.load_steps} steps ran."

    def _score(self, stack: str, profile: str) -> Score | None:
        mine = [cell for cell in self.cells if (cell.stack, cell.profile) == (stack, profile)]
        ran = [(cell, cell.measured) for cell in mine if cell.measured]
        if not ran:
            return None
        worst = max(
            ((m.recovery_s, cell.fault) for cell, m in ran if m.recovery_s is not None),
            default=(None, None),
        )
        vitals = next(
            (v for v in self._results.vitals if (v.stack, v.profile) == (stack, profile)), None
        )
        return Score(
            *(stack, profile),
            faults=len(ran),
            survived=sum(survived(m) for _, m in ran),
            unhurt=sum(not m.lost for _, m in ran),
            lost=sum(m.lost for _, m in ran),
            hung=sum(m.hung for _, m in ran),
            worst_recovery_s=worst[0],
            worst_fault=worst[1],
            per_second=_most_per_second(self._results.load, stack, profile),
            memory_mb=vitals.memory_mb if vitals else None,
            read_round_trips=vitals.read_round_trips if vitals else None,
            write_round_trips=vitals.write_round_trips if vitals else None,
        )


def survived(measured: Measured) -> bool:
    """Whether a stack got over the fault: nothing hung, and nothing failed once it was over."""
    return measured.recovered and not measured.hung and not measured.failed_after


def tell_recovery(score: Score) -> str:
    if score.worst_recovery_s is None:
        return "-"
    return f"{duration(score.worst_recovery_s)} ({score.worst_fault})"


def _order(stacks: list[str]) -> list[str]:
    """Each once, the one before the move first: of the kit's own, which ran first alternates."""
    names = list(dict.fromkeys(stacks))
    return list(STACKS) if set(names) == set(STACKS) else names


def _most_per_second(steps: Sequence[LoadStep], stack: str, profile: str) -> float | None:
    mine = [step for step in steps if step.key[:3] == (stack, profile, MIXED)]
    return max((one.per_second for one in summarise(mine) if one.per_second), default=None)

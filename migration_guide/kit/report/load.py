"""What both stacks did under load, for every report."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from migration_guide.kit.lab.load_results import (
    LoadRatio,
    LoadStep,
    LoadSummary,
    compare,
    summarise,
)
from migration_guide.kit.lab.stage import SCENARIOS

TITLES = {scenario.name: scenario.title for scenario in SCENARIOS}
FIGURES = ("offered/s", "answers/s", "median", "p90", "p99", "shed", "failed", "hung")

RATIOS = {"per_second": "answers a second", "p99_ms": "99th percentile"}
"""What is told in words, of the figures that are compared."""

EXPLAINED = (
    "Each client wants one request a second and sends it whatever became of the last one; times"
    " count from when a request was due (an open loop), so that what waited is not left out."
    " answers: with success. shed: refused with Retry-After, as too many wait already. hung: no"
    " answer within the client's deadline."
)
DOUBTFUL = (
    "*: the process that asks, the proxy or other programs of this machine may have been the limit,"
    " not the service."
)


def scenarios(steps: Sequence[LoadStep]) -> list[LoadStep]:
    """The first step of each."""
    first: dict[str, LoadStep] = {}
    for step in steps:
        first.setdefault(step.scenario, step)
    return list(first.values())


def title(step: LoadStep) -> str:
    """Of the scenario of a step, with its fault."""
    text = TITLES.get(step.scenario, step.scenario)
    return f"{text}; {step.fault} in the middle" if step.fault else text


def rows(steps: Sequence[LoadStep], scenario: str) -> Iterator[tuple[str, ...]]:
    """Clients, stack, profile and `FIGURES`, of each step with all its rounds."""
    for one in summarise([step for step in steps if step.scenario == scenario]):
        mark = " *" if one.doubtful else ""
        yield (
            *(f"{one.clients:,}", one.stack, one.profile),
            *(f"{one.offered_per_second:,.0f}", _number(one.per_second) + mark),
            *(_milliseconds(time) for time in (one.p50_ms, one.p90_ms, one.p99_ms)),
            *(str(count) for count in (one.shed, one.failed, one.hung)),
        )


def sentences(steps: Sequence[LoadStep]) -> Iterator[str]:
    """How each service does at the most clients of a scenario, against one of them.

    What differs by no more than `NOISE_SHARE` in one of the rounds is not told.
    """
    most: dict[str, int] = {}
    for step in steps:
        most[step.scenario] = max(most.get(step.scenario, 0), step.clients)
    told: dict[str, list[LoadRatio]] = {}
    for ratio in compare(steps):
        if ratio.clients == most[ratio.scenario] and ratio.figure in RATIOS:
            about = f"{ratio.scenario}, {ratio.clients:,} clients: {ratio.stack} {ratio.profile}"
            told.setdefault(about, []).append(ratio)
    lost = _Lost(steps)
    for about, ratios in told.items():
        if apart := [ratio for ratio in ratios if _differs(ratio)]:
            against = f"{apart[0].against_stack} {apart[0].against_profile}"
            yield f"{about}: {', '.join(map(_tell, apart))} of {against}.{lost.beside(apart)}"
    if any(one.doubtful for one in summarise(steps)):
        yield DOUBTFUL


class _Lost:
    """What became of the requests of each step that had no answer with success."""

    def __init__(self, steps: Sequence[LoadStep]) -> None:
        self._sums = {one.key: one for one in summarise(steps)}

    def beside(self, ratios: Sequence[LoadRatio]) -> str:
        """Beside times, which are those of answers with success: of fewer, they may be shorter."""
        for ratio in ratios:
            if ratio.figure == "p99_ms":
                step = ratio.scenario, ratio.clients
                told = {
                    f"{stack} {profile}": self._tell(self._sums[stack, profile, *step])
                    for stack, profile in (
                        (ratio.stack, ratio.profile),
                        (ratio.against_stack, ratio.against_profile),
                    )
                }
                if any(told.values()):
                    counts = (f"{who} {count or 'none'}" for who, count in told.items())
                    return f" Not among these times: {'; '.join(counts)}."
        return ""

    @staticmethod
    def _tell(one: LoadSummary) -> str:
        counts = ((one.shed, "shed"), (one.failed, "failed"), (one.hung, "hung"))
        return ", ".join(f"{count:,} {word}" for count, word in counts if count)


@dataclass(frozen=True)
class Worse:
    """One thing in which a stack does worse than the other.

    Attributes:
        brief: the same in a few words.
        times: how much worse; None where that is no quotient.

    """

    sentence: str
    brief: str
    times: float | None


def price_under_load(found: Sequence[Worse]) -> str | None:
    """The worst of it, briefly."""
    return max(found, key=lambda one: one.times or math.inf).brief if found else None


def worse(steps: Sequence[LoadStep], before: str, after: str, profile: str) -> Iterator[Worse]:
    """In what the second of two stacks does worse than the first, at the most clients.

    Steps that something else than the service may have limited say nothing.
    """
    mine = _at_the_most_clients(steps, (before, after), profile)
    lost, places = _Lost(mine), _places(mine)
    for ratio in _telling(mine, before, profile):
        if (ratio.median < 1) == (ratio.figure == "per_second"):
            about = f"{ratio.scenario}, {ratio.clients:,} clients"
            yield Worse(
                f"Under load ({about}), {profile}: {after}: {_tell(ratio)} of {before}."
                f"{lost.beside([ratio])}",
                f"under load ({places[ratio.scenario]}) {_briefly(ratio)}",
                max(ratio.median, 1 / ratio.median) if ratio.median else None,
            )
    sums = {(one.scenario, one.stack): one for one in summarise(mine) if not one.doubtful}
    for scenario, place in places.items():
        one, other = sums.get((scenario, before)), sums.get((scenario, after))
        if one and other and other.hung > one.hung:
            about = f"{scenario}, {other.clients:,} clients"
            hung = f"{other.hung} requests hung, on {before} {one.hung}"
            yield Worse(
                f"Under load ({about}), {profile}: {after}: {hung}.",
                f"under load ({place}) {hung}",
                None,
            )


def more_answers(steps: Sequence[LoadStep], before: str, after: str, profile: str) -> Iterator[str]:
    """Where the second of two stacks answers more, briefly.

    Nothing of times, which are those of success alone: what is shed makes them shorter.
    """
    mine = _at_the_most_clients(steps, (before, after), profile)
    places = _places(mine)
    for ratio in _telling(mine, before, profile):
        if ratio.figure == "per_second" and ratio.median > 1:
            yield f"under load ({places[ratio.scenario]}) {_briefly(ratio)}"


def _at_the_most_clients(
    steps: Sequence[LoadStep], stacks: Sequence[str], profile: str
) -> list[LoadStep]:
    most = {step.scenario: step.clients for step in sorted(steps, key=lambda one: one.clients)}
    return [
        step
        for step in steps
        if step.profile == profile and step.clients == most[step.scenario] and step.stack in stacks
    ]


def _telling(steps: Sequence[LoadStep], against: str, profile: str) -> Iterator[LoadRatio]:
    """What differs, of `RATIOS`, and is no other program's doing."""
    for ratio in compare(steps, against=(against, profile)):
        if ratio.figure in RATIOS and ratio.differs and not ratio.load_limited | ratio.disturbed:
            yield ratio


def _places(steps: Sequence[LoadStep]) -> dict[str, str]:
    """The scenarios in a few words, with the fault of those that have one."""
    found = {}
    for step in scenarios(steps):
        text = TITLES.get(step.scenario, step.scenario).partition(",")[0]
        found[step.scenario] = f"{text}, {step.fault} in the middle" if step.fault else text
    return found


def _briefly(ratio: LoadRatio) -> str:
    if ratio.figure == "p99_ms":
        return f"the slowest 1 % take {ratio.median:.2f} times as long as on {ratio.against_stack}"
    return f"{ratio.median:.2f} times as many answers a second as {ratio.against_stack}"


def _differs(ratio: LoadRatio) -> bool:
    return ratio.differs is not False and f"{ratio.median:.2f}" != "1.00"


def _tell(ratio: LoadRatio) -> str:
    text = f"{RATIOS[ratio.figure]} x {ratio.median:.2f}"
    if ratio.differs is None:
        return f"{text} (one round: no telling how much of it is noise)"
    return f"{text} ({ratio.least:.2f} to {ratio.most:.2f})"


def _number(figure: float | None) -> str:
    return "-" if figure is None else f"{figure:,.0f}"


def _milliseconds(figure: float | None) -> str:
    return "-" if figure is None else f"{figure:,.0f} ms"

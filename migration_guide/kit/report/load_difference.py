"""What got worse under load, from one run to another."""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from migration_guide.kit.lab.load_results import (
    NOISE_SHARE,
    Key,
    LoadStep,
    LoadSummary,
    summarise,
)
from migration_guide.kit.report.summary import fewer

NOISE_SHARES = {"per_second": NOISE_SHARE, "p99_ms": 0.25}
"""A change of a median by less is noise, as is any where the rounds of the two runs overlap."""
WORDS = {"per_second": "answers/s", "p99_ms": "ms at the 99th percentile"}


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


def of_load(before: Sequence[LoadStep], after: Sequence[LoadStep]) -> Iterator[Change]:
    """Of each step of both; those of one round, or limited by something else, are not judged."""
    old, new = _by_key(before), _by_key(after)
    for key, now in new.items():
        if key in old:
            yield from _of_step(key, old[key], now)


def _of_step(key: Key, before: list[LoadStep], after: list[LoadStep]) -> Iterator[Change]:
    stack, profile, scenario, clients = key
    name = f"load / {stack} / {profile} / {scenario}, {clients} clients"
    (was,), (now,) = summarise(before), summarise(after)
    telling = min(was.rounds, now.rounds) > 1 and not (was.doubtful or now.doubtful)
    fewer_lost = fewer(*(round(one.lost / one.rounds) for one in (was, now)))
    for figure in NOISE_SHARES:
        if change := _of_figure(figure, before, after):
            slower, sentence = change
            comparable = telling
            if figure == "p99_ms" and fewer_lost != "same":
                # Times are those of success: where fewer succeed they may be shorter, but are not
                # longer for that.
                comparable = telling and slower == (fewer_lost == "before")
                sentence += f", with {was.lost} requests without success, now {now.lost}"
            yield Change(name, sentence, slower if comparable else None)
    if (worse := _lost_more(was, now)) is not None:
        sentence = (
            f"{was.failed} failed and {was.hung} hung, now {now.failed} failed and {now.hung} hung"
        )
        yield Change(name, sentence, worse if telling else None)


def _of_figure(
    figure: str, before: Sequence[LoadStep], after: Sequence[LoadStep]
) -> tuple[bool, str] | None:
    """Whether it is worse, and a sentence; None where it is about the same."""
    was, now = (
        [value for step in steps if (value := getattr(step, figure)) is not None]
        for steps in (before, after)
    )
    if not was or not now or not (max(now) < min(was) or min(now) > max(was)):
        return None
    old, new = statistics.median(was), statistics.median(now)
    if abs(new - old) <= NOISE_SHARES[figure] * old:
        return None
    worse = (new < old) == (figure == "per_second")
    return worse, f"{old:.0f} {WORDS[figure]}, now {new:.0f}"


def _lost_more(was: LoadSummary, now: LoadSummary) -> bool | None:
    """Of each round on average; None where it is about the same."""
    votes = {
        fewer(round(one / was.rounds), round(other / now.rounds))
        for one, other in ((was.failed, now.failed), (was.hung, now.hung))
    } - {"same"}
    return "before" in votes if votes else None


def _by_key(steps: Sequence[LoadStep]) -> dict[Key, list[LoadStep]]:
    found: dict[Key, list[LoadStep]] = {}
    for step in steps:
        found.setdefault(step.key, []).append(step)
    return found

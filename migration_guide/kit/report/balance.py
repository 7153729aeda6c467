"""What the move brings, and what it costs, in a few words each."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from migration_guide.kit.lab.load_results import NOISE_SHARE, LoadStep
from migration_guide.kit.report.load import Worse, more_answers, price_under_load
from migration_guide.kit.report.scores import Score
from migration_guide.kit.report.words import listed

FIGURES: tuple[tuple[str, str, Callable[[Score], float | None], float], ...] = (
    ("memory under load", "{:,.0f} MB", lambda score: score.load_memory_mb, NOISE_SHARE),
    ("round trips of a read", "{:g}", lambda score: score.read_round_trips, 0.0),
    ("round trips of an order", "{:g}", lambda score: score.write_round_trips, 0.0),
)
"""Of which less is better: how it is told, and the share that is noise."""


def brought(
    before: Score, after: Score, better_in: Sequence[str], load: Sequence[LoadStep]
) -> Iterator[str]:
    """In what the stack after the move does better."""
    if better_in:
        yield f"a better recovery from {listed(better_in)}"
    yield from more_answers(load, before.stack, after.stack, after.profile)
    yield from _less(after, before, reverse=True)


def paid(
    before: Score,
    after: Score,
    worse_in: Sequence[str],
    mixed_in: Sequence[str],
    under_load: Sequence[Worse],
) -> Iterator[str]:
    """In what it does worse; of the load the worst of it."""
    if worse_in:
        yield f"a worse recovery from {listed(worse_in)}"
    if mixed_in:
        yield f"better and worse by turns in {listed(mixed_in)}"
    if price := price_under_load(under_load):
        yield price
    yield from _less(before, after)


def sentences(brings: Iterable[str], costs: Iterable[str]) -> Iterator[str]:
    for verb, told in (("brings", brings), ("costs", costs)):
        if text := "; ".join(told):
            yield f"It {verb}: {text}."


def _less(one: Score, other: Score, *, reverse: bool = False) -> Iterator[str]:
    """The figures of which *one* has less, told of the stack after the move."""
    for what, form, figure, noise in FIGURES:
        less, more = figure(one), figure(other)
        if less is not None and more is not None and less * (1 + noise) < more:
            now, was = (less, more) if reverse else (more, less)
            yield f"{what} {form.format(now)} instead of {form.format(was)}"

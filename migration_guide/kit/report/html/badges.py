"""What a cell came to, in a word or two with a sign of its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from migration_guide.kit.lab.results import Cell
from migration_guide.kit.report.words import verdict

Kind = Literal["ok", "failed", "hung", "wrong", "unknown", "none"]


@dataclass(frozen=True)
class Badge:
    """*kind* is also the name of its sign and of its colour."""

    kind: Kind
    text: str


NOT_RUN = Badge("unknown", "not run")


def badges(cell: Cell) -> Iterator[Badge]:
    """What was lost, and where there is something to say of it, the verdict."""
    measured = cell.measured
    if measured is None:
        yield Badge("unknown", verdict(cell))
        return
    if cell.held is False:
        yield Badge("wrong", "claim failed")
    if measured.failed:
        yield Badge("failed", f"{measured.failed} failed")
    if measured.hung:
        yield Badge("hung", f"{measured.hung} hung")
    if not measured.lost:
        yield Badge("ok", "no loss")
    if not measured.recovered:
        yield Badge("wrong", "not recovered")
    if cell.held is None:
        yield Badge("none", verdict(cell))


def judged(cell: Cell) -> Badge:
    """Whether the claim held."""
    word = verdict(cell)
    kinds: dict[str, Kind] = {"held": "ok", "failed": "wrong", "no verdict": "none"}
    return Badge(kinds.get(word, "unknown"), word)

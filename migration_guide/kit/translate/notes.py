"""What there is to say of a setting besides its translation."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from migration_guide.kit.chapters import Chapter

Kind = Literal["dangerous", "no-equivalent", "changes"]
Side = Literal["resilient", "stock"]

HEADINGS: dict[Kind, str] = {
    "dangerous": "Dangerous",
    "no-equivalent": "Has no equivalent",
    "changes": "Changes its meaning",
}
BOTH: tuple[Side, ...] = ("resilient", "stock")
STOCK: tuple[Side, ...] = ("stock",)


@dataclass(frozen=True)
class Note:
    """On one key.

    Attributes:
        key: the option or connection parameter.
        chapter: of the guide, which has more.
        concerns: on which of the two ways it is true.
        page: another one, with just this.

    """

    kind: Kind
    key: str
    text: str
    chapter: Chapter
    concerns: tuple[Side, ...] = STOCK
    page: Chapter | None = None


def in_order(notes: Iterable[Note]) -> tuple[Note, ...]:
    """The dangerous ones first; each once."""
    kinds = list(HEADINGS)
    return tuple(sorted(dict.fromkeys(notes), key=lambda note: kinds.index(note.kind)))

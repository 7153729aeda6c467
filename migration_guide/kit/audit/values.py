"""What an expression stands for, as far as it can be told without running anything."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

from migration_guide.kit.audit.finding import Confidence, Place

MOST = 6
"""Alternatives that are followed for one expression; a helper that everyone calls has more."""


class Kind(Enum):
    EXTERNAL = "a name outside the tree, of which nothing else is known"
    MODULE = "a module of the tree"
    CLASS = "a class of the tree"
    FUNCTION = "a function or method of the tree"
    INSTANCE = "an object of a class, inside or outside the tree"


@dataclass(frozen=True, slots=True)
class Load:
    """Where a statement that loads objects begins.

    Attributes:
        place: of the statement.
        names: the attributes that its loader options mention.

    """

    place: Place
    names: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Value:
    """One thing that an expression may stand for.

    Attributes:
        kind: see there.
        name: dotted; of an instance that of its class.
        of: what it holds: of a query or a list its elements, of a bound method its object.
        load: of a query, and of what it gives: where it begins.
        confidence: of the weakest step that led here.

    """

    kind: Kind
    name: str
    of: tuple["Value", ...] = ()
    load: Load | None = None
    confidence: Confidence = Confidence.CERTAIN

    def weaker(self, confidence: Confidence) -> "Value":
        return replace(self, confidence=weakest(self.confidence, confidence))

    def loaded(self, load: Load | None) -> "Value":
        return replace(self, load=load)


Values = tuple[Value, ...]


def weakest(*confidences: Confidence) -> Confidence:
    order = list(Confidence)
    return max(confidences, key=order.index, default=Confidence.CERTAIN)


def instance(name: str, of: Iterable[Value] = (), load: Load | None = None) -> Value:
    return Value(Kind.INSTANCE, name, tuple(of), load)


def external(name: str) -> Value:
    return Value(Kind.EXTERNAL, name)


def merged(groups: Iterable[Values]) -> Values:
    """All of them once, the first `MOST`."""
    found: dict[Value, None] = {}
    for group in groups:
        for value in group:
            found.setdefault(value)
            if len(found) >= MOST:
                return tuple(found)
    return tuple(found)

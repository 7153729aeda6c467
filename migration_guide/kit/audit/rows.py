"""Tuples, and the rows of a query of several entities: values by position."""

from collections.abc import Iterable

from migration_guide.kit.audit.values import Kind, Value, Values, instance, merged

ROW = "tuple"
EITHER = "one of several"


def row(positions: Iterable[Values]) -> Value:
    """A tuple that has these values at its positions."""
    return instance(ROW, (_one(values) for values in positions))


def _one(values: Values) -> Value:
    return values[0] if len(values) == 1 else instance(EITHER, values)


def position(value: Value, index: int | None) -> Values:
    """What a tuple has at a position; None: at any."""
    if value.name != ROW or value.kind is not Kind.INSTANCE:
        return ()
    if index is None:
        return merged(position(value, each) for each in range(len(value.of)))
    if not -len(value.of) <= index < len(value.of):
        return ()
    one = value.of[index]
    found = one.of if one.name == EITHER else (one,)
    return tuple(each.loaded(value.load or each.load) for each in found)


def named(value: Value, name: str) -> Values:
    """What a row has under the name of a class."""
    return tuple(
        one
        for one in position(value, None)
        if one.kind is Kind.INSTANCE and one.name.rpartition(".")[2] == name
    )

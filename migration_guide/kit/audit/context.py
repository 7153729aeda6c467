"""How a function is called that is followed: on which object, and with which arguments.

Without one, ``self`` is of the class that has the method, and a parameter is what all callers give.
"""

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migration_guide.kit.audit import known
from migration_guide.kit.audit.module import Module
from migration_guide.kit.audit.project import Function, given
from migration_guide.kit.audit.values import Kind, Value, Values, instance

if TYPE_CHECKING:
    from migration_guide.kit.audit.infer import Inference

DEEPEST = 3
"""Calls within calls whose arguments are told apart."""


@dataclass(frozen=True, slots=True)
class Context:
    """One way to call a function.

    Attributes:
        function: its dotted name.
        itself: ``self`` or ``cls``, of a method that its class inherits.
        arguments: by name, those that tell more than what all callers give.
        depth: how many calls around it have arguments.

    """

    function: str = ""
    itself: Value | None = None
    arguments: tuple[tuple[str, Values], ...] = ()
    depth: int = 0

    def argument(self, function: str, name: str) -> Values:
        if function != self.function:
            return ()
        return next((values for other, values in self.arguments if other == name), ())


ANY = Context()


def of_receiver(inference: "Inference", function: Function, receiver: Value | None) -> Context:
    """The context of a call on an object or class, without arguments."""
    itself = _inheriting(inference, function, receiver)
    return Context(function.name, itself) if itself else ANY


def of_call(
    inference: "Inference", function: Function, target: Value, node: ast.Call, module: Module
) -> Context:
    """The context of this call of a function."""
    itself = _inheriting(inference, function, target.of[0] if target.of else None)
    depth = inference.context.depth
    arguments: tuple[tuple[str, Values], ...] = ()
    if depth < DEEPEST and any(given(function.node)[0]):
        arguments = tuple(_arguments(inference, function, node, module))
    if itself is None and not arguments:
        return ANY
    return Context(function.name, itself, arguments, depth + bool(arguments))


def _inheriting(inference: "Inference", function: Function, receiver: Value | None) -> Value | None:
    """The receiver of an inherited method, or of one of a query."""
    if receiver is None or function.owner is None:
        return None
    line = inference.models.ancestry(receiver.name)
    if known.QUERY in line and receiver.of:
        return instance(receiver.name, receiver.of, receiver.load)
    is_inherited = receiver.name != function.owner.name and function.owner.name in line
    return Value(receiver.kind, receiver.name) if is_inherited else None


def _arguments(
    inference: "Inference", function: Function, node: ast.Call, module: Module
) -> "list[tuple[str, Values]]":
    parameters = [*function.node.args.posonlyargs, *function.node.args.args]
    names = [one.arg for one in parameters][function.is_bound :]
    pairs = [
        *zip(names, node.args, strict=False),
        *((one.arg, one.value) for one in node.keywords if one.arg is not None),
    ]
    found = []
    for name, value in pairs:
        if isinstance(value, ast.Starred):
            break
        values = inference.values(value, module)
        if any(_tells(inference, one) for one in values):
            found.append((name, values))
    return found


def _tells(inference: "Inference", value: Value) -> bool:
    """Whether a value decides what a helper gives: a query, a model, an object, a function."""
    if value.kind is Kind.INSTANCE:
        return bool(value.of) or value.load is not None
    if value.kind is Kind.CLASS:
        return inference.models.is_model(value.name)
    return value.kind is Kind.FUNCTION

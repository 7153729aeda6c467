"""Relationships that are looked at without having been loaded."""

import ast
from collections.abc import Iterator
from functools import cache

from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Confidence, Place
from migration_guide.kit.audit.infer import Inference
from migration_guide.kit.audit.module import body_of, enclosing_class, enclosing_function
from migration_guide.kit.audit.project import Function
from migration_guide.kit.audit.rules.base import Hit
from migration_guide.kit.audit.values import Kind, Value

ON_ACCESS = frozenset({"select", "True"})
"""Values of ``lazy=`` with which an attribute asks the database when it is looked at."""


def looked_at(node: ast.Attribute, code: Code) -> Iterator[tuple[Confidence, Value]]:
    """The objects on which an attribute is a relationship that is not loaded, and how sure."""
    if not _may_be_one(node.attr, code.inference):
        return
    for value in code.values(node.value):
        if value.kind is not Kind.INSTANCE or not _is_lazy(value.name, node.attr, code):
            continue
        if value.load is not None and node.attr not in value.load.names:
            yield Confidence.CERTAIN, value
        elif value.load is None and not _is_itself(node.value, code):
            if not _is_made_here(node.value, code):
                yield Confidence.LIKELY, value
        elif value.load is None and _is_itself(node.value, code) and not _is_followed(node, code):
            yield Confidence.LIKELY, value


def by_methods(node: ast.Call, code: Code) -> Iterator[Hit]:
    """Calls of methods that look at relationships of their object, on an object that was loaded."""
    if not isinstance(node.func, ast.Attribute):
        return
    for value in code.values(node.func.value):
        if value.kind is not Kind.INSTANCE or value.load is None:
            continue
        for function in code.calls(node):
            missing = {
                name: places
                for name, places in touched(function, code.inference).items()
                if name not in value.load.names
            }
            if missing:
                names = ", ".join(f"`{name}`" for name in missing)
                yield Hit(
                    value.load.place,
                    f"This does not load {names}, which `{code.text(node.func)}()` looks at.",
                    confidence=value.confidence,
                    related=tuple(place for places in missing.values() for place in places),
                )


@cache
def _lazy_names(inference: Inference) -> frozenset[str]:
    return frozenset(one.name for one in inference.models.relationships() if one.lazy in ON_ACCESS)


def _may_be_one(name: str, inference: Inference) -> bool:
    return name in _lazy_names(inference)


def _is_lazy(model: str, name: str, code: Code) -> bool:
    found = code.models.relationship(model, name)
    return found is not None and found.lazy in ON_ACCESS


def _is_itself(node: ast.AST, code: Code) -> bool:
    """Whether it is ``self`` of a model's method."""
    function = code.function(node)
    arguments = function.node.args.args if function and function.owner else []
    return isinstance(node, ast.Name) and bool(arguments) and node.id == arguments[0].arg


def _is_made_here(node: ast.AST, code: Code) -> bool:
    """Whether the object was constructed in the same function, or at the same top level."""
    if not isinstance(node, ast.Name):
        return False
    scope = enclosing_function(node) or code.module.tree
    return any(
        isinstance(binding.node, ast.Call)
        and any(value.kind is Kind.CLASS for value in code.values(binding.node.func))
        for binding in code.module.bindings(scope).get(node.id, [])
    )


def _is_followed(node: ast.AST, code: Code) -> bool:
    """Whether the method around it is called on an object whose loading is known."""
    function = code.function(node)
    return function is not None and _has_known_caller(function, code.inference, frozenset())


def _has_known_caller(function: Function, inference: Inference, seen: frozenset[str]) -> bool:
    if function.name in seen:
        return False
    for module, call in inference.project.calls.get(function.node.name, []):
        if not isinstance(call.func, ast.Attribute):
            continue
        if not any(value.name == function.name for value in inference.values(call.func, module)):
            continue
        receivers = inference.values(call.func.value, module)
        if any(value.load is not None for value in receivers):
            return True
        around = Code(module, inference).function(call)
        is_method = around is not None and enclosing_class(around.node) is not None
        if is_method and _has_known_caller(around, inference, seen | {function.name}):  # type: ignore[arg-type]
            return True
    return False


Touched = dict[str, dict[Place, None]]
"""By the names of relationships, where they are looked at."""


def touched(function: Function, inference: Inference) -> Touched:
    """The lazy relationships that a method looks at, on its object and on what it leads to."""
    return _touched(function, inference, frozenset())


def _touched(function: Function, inference: Inference, seen: frozenset[str]) -> Touched:
    found: Touched = {}
    if function.name in seen or function.owner is None or not function.node.args.args:
        return found
    code = Code(function.module, inference)
    for node in body_of(function.node):
        if isinstance(node, ast.Attribute) and _may_be_one(node.attr, inference):
            for value in code.values(node.value):
                if value.kind is Kind.INSTANCE and _is_lazy(value.name, node.attr, code):
                    found.setdefault(node.attr, {})[code.place(node)] = None
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            for called in code.calls(node):
                if called.owner is not None and inference.models.is_model(called.owner.name):
                    for name, places in _touched(called, inference, seen | {function.name}).items():
                        found.setdefault(name, {}).update(places)
    return found

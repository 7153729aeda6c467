"""Attributes of values, what iterating gives, and what ``with … as`` gives."""

import ast
from typing import TYPE_CHECKING

from migration_guide.kit.audit import annotations, known
from migration_guide.kit.audit.module import Module
from migration_guide.kit.audit.project import Class, Function, set_on_self
from migration_guide.kit.audit.values import (
    MOST,
    Kind,
    Value,
    Values,
    external,
    instance,
    merged,
)

if TYPE_CHECKING:
    from migration_guide.kit.audit.infer import Inference

HOLD_ELEMENTS = frozenset({"list", known.QUERY, known.SELECT, known.SCALARS, known.PAGINATION})


def attribute(
    inference: "Inference", value: Value, name: str, node: ast.AST, module: Module
) -> Values:
    """What ``value.name`` stands for, where *node* says so."""
    match value.kind:
        case Kind.MODULE:
            return _of_module(inference, value, name, module)
        case Kind.CLASS:
            return _of_class(inference, value, name, node, module)
        case Kind.INSTANCE:
            return tuple(
                found.weaker(value.confidence)
                for found in _of_instance(inference, value, name, node, module)
            )
        case Kind.EXTERNAL:
            if value.name in known.OBJECTS:
                held = instance(known.OBJECTS[value.name])
                return _of_instance(inference, held, name, node, module)
            return (external(known.canonical(f"{value.name}.{name}")),)
        case _:
            return ()


def _of_module(inference: "Inference", value: Value, name: str, module: Module) -> Values:
    source = inference.project.module(value.name, module)
    if source is None:
        return ()
    inner = inference.project.module(f"{value.name}.{name}", module)
    return inference.module_name(name, source) or (
        (Value(Kind.MODULE, inner.name),) if inner else ()
    )


def _of_class(
    inference: "Inference", value: Value, name: str, node: ast.AST, module: Module
) -> Values:
    if name == "query" and inference.models.has_query(value.name):
        return (query_of(inference, (instance(value.name),), node, module),)
    if name in {"__name__", "__tablename__"}:
        return (instance("str"),)
    return class_attribute(inference, value.name, name, value, on_class=True)


def query_of(inference: "Inference", elements: Values, node: ast.AST, module: Module) -> Value:
    """A `Query` that begins here."""
    return instance(known.QUERY, elements, inference.models.load(node, module))


def _of_instance(  # noqa: PLR0911 -- one case for each kind of object
    inference: "Inference", value: Value, name: str, node: ast.AST, module: Module
) -> Values:
    if name == "query" and inference.models.has_query(value.name):
        return (query_of(inference, (instance(value.name),), node, module),)
    relationship = inference.models.relationship(value.name, name)
    if relationship is not None:
        target = inference.models.target(relationship)
        held = (instance(target, load=value.load),) if target else ()
        if relationship.lazy == "dynamic":
            return (instance(known.QUERY, held, value.load),)
        is_many = inference.models.is_collection(relationship)
        return (instance("list", held, value.load),) if is_many else held
    if value.name in HOLD_ELEMENTS and name == "items":
        return (instance("list", value.of, value.load),)
    if inference.models.is_instance(value.name, known.DB):
        found = _of_flask_sqlalchemy(name)
        own = class_attribute(inference, value.name, name, value, on_class=False)
        return own or found
    for base in inference.models.ancestry(value.name):
        if (given := known.METHODS.get((_as_session(base), name))) is not None:
            return (instance(given),)
    return class_attribute(inference, value.name, name, value, on_class=False)


def _as_session(name: str) -> str:
    return known.SESSION if name == known.SCOPED_SESSION else name


def _of_flask_sqlalchemy(name: str) -> Values:
    """Flask-SQLAlchemy's object shows the names of SQLAlchemy."""
    if (given := known.METHODS.get((known.DB, name))) is not None:
        return (instance(given),)
    if name == "Model":
        return (external(known.MODEL),)
    if name == "Query":
        return (external(known.QUERY),)
    package = "sqlalchemy.orm" if name in known.ORM_NAMES else "sqlalchemy"
    return (external(known.canonical(f"{package}.{name}")),)


def class_attribute(
    inference: "Inference", owner: str, name: str, receiver: Value, *, on_class: bool
) -> Values:
    """An attribute that a class or its bases bind, or a method sets on ``self``."""

    def answer() -> Values:
        for base in inference.models.ancestry(owner):
            found = inference.project.classes.get(base)
            if found is None:
                continue
            values = _bound_in(inference, found, name, receiver, on_class=on_class)
            if values:
                return values
        return ()

    key = ("attribute", owner, name, on_class, receiver.load)
    return inference.once(key, answer)


def _bound_in(
    inference: "Inference", owner: Class, name: str, receiver: Value, *, on_class: bool
) -> Values:
    module = owner.module
    groups: list[Values] = []
    for binding in module.bindings(owner.node).get(name, []):
        definition = inference.project.function(binding.node)
        if definition is not None:
            is_value = definition.is_decorated("property", "cached_property", "hybrid_property")
            if is_value and not on_class:
                groups.append(inference.returned(definition))
            else:
                groups.append((Value(Kind.FUNCTION, definition.name, (receiver,)),))
        else:
            groups.append(inference.binding(binding, module, owner.node))
    if not groups:
        groups = list(_set_on_self(inference, owner, name))
    return merged(groups)


def _set_on_self(inference: "Inference", owner: Class, name: str) -> list[Values]:
    """What methods assign to ``self.name``."""
    return [
        annotations.meaning(inference, node, owner.module)
        if is_annotation
        else inference.values(node, owner.module)
        for node, is_annotation in set_on_self(owner.node).get(name, [])[:MOST]
    ]


def elements(inference: "Inference", value: Value) -> Values:
    """What iterating over a value, or indexing it, gives."""
    if value.kind is not Kind.INSTANCE:
        return ()
    if value.name in HOLD_ELEMENTS:
        return tuple(
            one.loaded(value.load or one.load).weaker(value.confidence) for one in value.of
        )
    if value.name == known.RESULT:
        return ()
    for base in inference.models.ancestry(value.name):
        found = inference.project.classes.get(base)
        method = found.method("__iter__") if found else None
        function = inference.project.function(method) if method else None
        if function is not None:
            return merged(
                elements(inference, one) for one in inference.returned(function)
            ) or inference.yielded(function)
    return ()


def entered(inference: "Inference", node: ast.AST, module: Module) -> Values:
    """What ``with node as name`` gives the name."""
    if isinstance(node, ast.Call):
        groups = []
        for called in inference.values(node.func, module):
            function = inference.project.functions.get(called.name)
            is_ours = called.kind is Kind.FUNCTION and isinstance(function, Function)
            if is_ours and function.is_decorated("contextmanager", "asynccontextmanager"):  # type: ignore[union-attr]
                groups.append(inference.yielded(function))  # type: ignore[arg-type]
        if any(groups):
            return merged(groups)
    return merged(_entered(inference, value) for value in inference.values(node, module))


def _entered(inference: "Inference", value: Value) -> Values:
    if value.kind is not Kind.INSTANCE:
        return ()
    for base in inference.models.ancestry(value.name):
        owner = inference.project.classes.get(base)
        method = (owner.method("__enter__") or owner.method("__aenter__")) if owner else None
        function = inference.project.function(method) if method else None
        if function is not None and (given := inference.returned(function)):
            return given
    return (value,)

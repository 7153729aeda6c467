"""Attributes of values, what iterating gives, and what ``with … as`` gives."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from migration_guide.kit.audit import annotations, hierarchy, known, rows
from migration_guide.kit.audit.assigned import assigned
from migration_guide.kit.audit.context import of_receiver
from migration_guide.kit.audit.finding import Confidence
from migration_guide.kit.audit.module import Module, enclosing_function
from migration_guide.kit.audit.project import Class, Function, set_on_self, terminal
from migration_guide.kit.audit.values import (
    MOST,
    Kind,
    Load,
    Value,
    Values,
    external,
    instance,
    merged,
)

if TYPE_CHECKING:
    from migration_guide.kit.audit.infer import Inference

OPEN = frozenset({"NotImplementedError", "typing.TypeVar", "typing.Any"})
HOLD_ELEMENTS = frozenset({"list", known.QUERY, known.SELECT, known.SCALARS, known.PAGINATION})


def attribute(
    inference: "Inference", value: Value, name: str, node: ast.AST, module: Module
) -> Values:
    """What ``value.name`` stands for, where *node* says so."""
    match value.kind:
        case Kind.MODULE:
            found = _of_module(inference, value, name, module)
            return found or assigned(inference, value, name)
        case Kind.CLASS:
            found = _of_class(inference, value, name, node, module)
            found = found or assigned(inference, value, name)
            return _described(inference, found, value, inference.models.load(node, module))
        case Kind.INSTANCE:
            return tuple(
                found.weaker(value.confidence)
                for found in _of_instance(inference, value, name, node, module)
            )
        case Kind.EXTERNAL:
            if value.name in known.OBJECTS:
                held = instance(known.OBJECTS[value.name])
                return _of_instance(inference, held, name, node, module)
            return inference.outside(known.canonical(f"{value.name}.{name}"))
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


def _described(inference: "Inference", found: Values, owner: Value, load: Load) -> Values:
    """What a class's attribute gives: of a descriptor, what its ``__get__`` does."""
    groups: list[Values] = []
    for value in found:
        getter = inference.project.functions.get(f"{value.name}.__get__")
        if value.kind is not Kind.INSTANCE or getter is None:
            groups.append((value,))
            continue
        groups.append(
            tuple(
                replace(one, of=one.of or (instance(owner.name),), load=load)
                if one.name == known.QUERY
                else one
                for one in inference.returned(getter)
            )
        )
    return merged(groups)


def query_of(inference: "Inference", elements: Values, node: ast.AST, module: Module) -> Value:
    """A `Query` that begins here, of the tree's own class if it has one."""
    owner = elements[0].name if elements else ""
    name = next(iter(_query_classes(inference, owner)), known.QUERY)
    return instance(name, elements, inference.models.load(node, module))


def _query_classes(inference: "Inference", owner: str) -> Iterator[str]:
    """What a model says as its ``query_class``, or what the call that made ``db`` does."""
    receiver = Value(Kind.CLASS, owner)
    for value in class_attribute(inference, owner, "query_class", receiver, on_class=True):
        if value.kind is Kind.CLASS:
            yield value.name
    yield from inference.models.given_to_database("query_class")


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
        own = class_attribute(inference, value.name, name, value, on_class=False)
        return own or _of_flask_sqlalchemy(inference, value, name)
    for base in inference.models.ancestry(value.name):
        if (given := known.METHODS.get((_as_session(base), name))) is not None:
            return (instance(given),)
    if value.name == rows.ROW:
        return rows.named(value, name)
    if name == "__class__":
        return (Value(Kind.CLASS, value.name),)
    own = class_attribute(inference, value.name, name, value, on_class=False)
    return own or tuple(
        replace(one, of=(value,)) if one.kind is Kind.FUNCTION else one
        for one in assigned(inference, value, name)
    )


def _as_session(name: str) -> str:
    return known.SESSION if name == known.SCOPED_SESSION else name


def _of_flask_sqlalchemy(inference: "Inference", value: Value, name: str) -> Values:
    """Flask-SQLAlchemy's object shows the names of SQLAlchemy, but for what the tree puts there."""
    if (given := known.METHODS.get((known.DB, name))) is not None:
        return (instance(given),)
    if name == "Model":
        return (external(known.MODEL),)
    if name == "Query":
        return (external(known.QUERY),)
    assignments = inference.project.assigned.get(name, ())
    if any(terminal(owner) in known.DATABASE_NAMES for _, owner, _ in assignments):
        return assigned(inference, value, name)
    package = "sqlalchemy.orm" if name in known.ORM_NAMES else "sqlalchemy"
    return (external(known.canonical(f"{package}.{name}")),)


def class_attribute(
    inference: "Inference", owner: str, name: str, receiver: Value, *, on_class: bool
) -> Values:
    """An attribute that a class or its bases bind, or a method sets on ``self``.

    What they leave to subclasses, as a repository does its model, is what those have.
    """

    def bound(classes: Iterable[str]) -> Iterator[Values]:
        for one in classes:
            found = inference.project.classes.get(one)
            if found is not None:
                yield _bound_in(inference, found, name, receiver, on_class=on_class)

    def answer() -> Values:
        own = next((values for values in bound(inference.models.ancestry(owner)) if values), ())
        may_be_left = owner in inference.project.classes or owner in known.OBJECTS.values()
        is_made = name in {"__init__", "__new__"}
        is_left = all(_is_left_open(inference, one) for one in own) or _is_unset(
            inference, owner, name
        )
        if is_made or not (may_be_left and is_left):
            return own
        heirs = merged(bound(inference.subclasses.get(owner, ())))
        return merged((tuple(one.weaker(Confidence.LIKELY) for one in heirs), own))

    key = ("attribute", owner, name, on_class, receiver.load)
    return inference.once(key, answer)


def inherited(inference: "Inference", node: ast.Attribute, module: Module) -> Values:
    """What ``super().name`` stands for: that of the first base which has it."""
    around = enclosing_function(node)
    function = inference.project.function(around) if around else None
    if function is None or function.owner is None:
        return ()
    called_on = inference.context.itself
    itself = called_on.name if called_on else function.owner.name
    is_class = function.is_decorated("classmethod")
    receiver = Value(Kind.CLASS if is_class else Kind.INSTANCE, itself)
    line = inference.models.ancestry(itself)
    for base in line[line.index(function.owner.name) + 1 :]:
        found = inference.project.classes.get(base)
        if found is not None:
            values = _bound_in(inference, found, node.attr, receiver, on_class=is_class)
        else:
            values = attribute(inference, instance(base), node.attr, node, module)
        if values:
            return values
    return ()


def _is_left_open(inference: "Inference", value: Value) -> bool:
    """Whether it is only declared: by an abstract method, or an annotation of a type variable."""
    function = inference.project.functions.get(value.name)
    if value.kind is Kind.FUNCTION and function is not None:
        return hierarchy.is_abstract(function.node)
    return value.kind is Kind.INSTANCE and value.name in OPEN


def _is_unset(inference: "Inference", owner: str, name: str) -> bool:
    """Whether a class itself sets it to None: ``model: type[Base] = None``."""
    found = inference.project.classes.get(owner)
    bindings = found.module.bindings(found.node).get(name, []) if found else []
    return any(isinstance(one.node, ast.Constant) and one.node.value is None for one in bindings)


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
                groups.append(
                    inference.returned(definition, of_receiver(inference, definition, receiver))
                )
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
    if value.name == rows.ROW:
        return rows.position(value, None)
    if value.name == known.RESULT:
        return tuple(_as_row(one).loaded(value.load) for one in value.of)
    if value.name in HOLD_ELEMENTS or inference.models.is_instance(value.name, known.QUERY):
        return tuple(
            one.loaded(value.load or one.load).weaker(value.confidence) for one in value.of
        )
    return inference.once(("elements", value), lambda: _iterated(inference, value))


def _iterated(inference: "Inference", value: Value) -> Values:
    """What the tree's own ``__iter__`` gives: what it yields, or its iterator's ``__next__``."""
    iterate, step = (
        method_of(inference, value.name, special) for special in ("__iter__", "__next__")
    )
    if iterate is None:
        return ()
    held = merged(elements(inference, one) for one in inference.returned(iterate))
    return held or inference.yielded(iterate) or (inference.returned(step) if step else ())


def method_of(inference: "Inference", name: str, method: str) -> Function | None:
    """The method of this name that a class has or inherits."""
    for base in inference.models.ancestry(name):
        if (found := inference.project.functions.get(f"{base}.{method}")) is not None:
            return found
    return None


def _as_row(value: Value) -> Value:
    return value if value.name == rows.ROW else rows.row([(value,)])


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

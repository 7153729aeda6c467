"""What a call gives."""

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from migration_guide.kit.audit import known, libraries, members, rows
from migration_guide.kit.audit.context import of_call
from migration_guide.kit.audit.mapping import MAPPERS
from migration_guide.kit.audit.module import Module
from migration_guide.kit.audit.project import terminal
from migration_guide.kit.audit.values import (
    Kind,
    Load,
    Value,
    Values,
    instance,
    merged,
)

if TYPE_CHECKING:
    from migration_guide.kit.audit.infer import Inference

SAME_ELEMENTS = frozenset({"sorted", "list", "reversed", "tuple", "set", "iter", "filter"})
ONE_ELEMENT = frozenset({"next", "min", "max"})
SCALARS_ONE = frozenset({"first", "one", "one_or_none", "scalar_one", "scalar_one_or_none"})
FIRST = "an element of the first argument"


def call(inference: "Inference", node: ast.Call, module: Module) -> Values:
    if terminal(node.func) in MAPPERS and node.args:
        return (instance(known.MAPPER, inference.values(node.args[0], module)),)
    if isinstance(node.func, ast.Attribute):
        if node.func.attr == "_get_current_object":
            return inference.values(node.func.value, module)
        found = merged(
            _method(inference, value, node, module)
            for value in inference.values(node.func.value, module)
        )
        if found:
            return found
    if isinstance(node.func, ast.Name) and node.args:
        if node.func.id in SAME_ELEMENTS:
            argument = node.args[-1 if node.func.id == "filter" else 0]
            return tuple(
                value if value.name != known.QUERY else instance("list", value.of, value.load)
                for value in inference.instances(argument, module)
            )
        if node.func.id in ONE_ELEMENT:
            return merged(
                members.elements(inference, value)
                for value in inference.values(node.args[0], module)
            )
    return merged(
        called(inference, target, node, module) for target in inference.values(node.func, module)
    )


def called(inference: "Inference", target: Value, node: ast.Call, module: Module) -> Values:
    """What a call of this value gives."""
    match target.kind:
        case Kind.CLASS:
            return (instance(target.name),)
        case Kind.FUNCTION:
            function = inference.project.functions.get(target.name)
            if function is not None:
                return inference.returned(
                    function, of_call(inference, function, target, node, module)
                )
            return inference.of_lambda(target.name)
        case Kind.EXTERNAL:
            return _external(inference, target.name, node, module)
        case Kind.INSTANCE:
            return _of_instance(inference, target, node, module)
        case _:
            return ()


def _of_instance(inference: "Inference", target: Value, node: ast.Call, module: Module) -> Values:
    """A call of an object: of a session factory, a scoped session, or one with ``__call__``."""
    for base in inference.models.ancestry(target.name):
        if (given := known.METHODS.get((base, "__call__"))) is not None:
            return (instance(given).weaker(target.confidence),)
    # A method that is known by what it gives, such as Engine.connect.
    is_method = isinstance(node.func, ast.Attribute) and any(
        target.name == given for (_, name), given in known.METHODS.items() if name == node.func.attr
    )
    if is_method:
        return (target,)
    own = members.class_attribute(inference, target.name, "__call__", target, on_class=False)
    return merged(called(inference, one, node, module) for one in own)


def _external(inference: "Inference", name: str, node: ast.Call, module: Module) -> Values:
    if name == "sqlalchemy.select":
        held = selected(inference, node.args, module)
        return (instance(known.SELECT, held, inference.models.load(node, module)),)
    return libraries.call(inference, name, node, module)


def selected(inference: "Inference", arguments: list[ast.expr], module: Module) -> Values:
    """The objects that a query of these entities gives; of several, rows."""
    entities = [
        tuple(
            instance(value.name)
            for value in inference.values(argument, module)
            if value.kind is Kind.CLASS and inference.models.is_model(value.name)
        )
        for argument in arguments
    ]
    if len(entities) == 1:
        return entities[0]
    return (rows.row(entities),) if any(entities) else ()


def _method(inference: "Inference", value: Value, node: ast.Call, module: Module) -> Values:  # noqa: PLR0911 -- one case for each kind of object
    """A method of an object of SQLAlchemy or of a container."""
    assert isinstance(node.func, ast.Attribute)  # noqa: S101 -- for the type checker
    if value.kind is Kind.EXTERNAL and value.name in known.OBJECTS:
        value = instance(known.OBJECTS[value.name])
    if value.kind is not Kind.INSTANCE:
        return ()
    name = node.func.attr
    if value.name == known.SELECT or inference.models.is_instance(value.name, known.QUERY):
        return _of_query(inference, value, name, node, module)
    if value.name in {known.SCALARS, "list", "dict", known.PAGINATION}:
        return _of_container(value, name)
    if value.name == known.RESULT:
        return _of_result(inference, value, name)
    if inference.models.is_session(value.name):
        return _of_session(inference, value, name, node, module)
    if inference.models.is_instance(value.name, known.DB):
        return _of_flask_sqlalchemy(inference, name, node, module)
    return ()


def _of_query(  # noqa: PLR0911 -- one case for each kind of method
    inference: "Inference", value: Value, name: str, node: ast.Call, module: Module
) -> Values:
    if name == "options":
        return (replace(value, load=_with_options(inference, value.load, node, module)),)
    if name in known.QUERY_CHAIN:
        return (value,)
    if name in known.QUERY_ONE:
        return members.elements(inference, value)
    if name == "all":
        return (instance("list", value.of, value.load).weaker(value.confidence),)
    if name == "paginate":
        return (instance(known.PAGINATION, value.of, value.load).weaker(value.confidence),)
    if name in {"with_entities", "with_only_columns"}:
        return (replace(value, of=selected(inference, node.args, module)),)
    return ()


def _with_options(
    inference: "Inference", load: Load | None, node: ast.Call, module: Module
) -> Load | None:
    names = frozenset(inference.models.names_in(node.args, module))
    return replace(load, names=load.names | names) if load else None


def _of_container(value: Value, name: str) -> Values:
    held = tuple(one.loaded(value.load or one.load) for one in value.of)
    if name in {"all", "fetchall", "unique", "values", "copy", "partitions"}:
        return (instance("list" if name != "unique" else value.name, value.of, value.load),)
    if name in SCALARS_ONE | {"pop", "get", "fetchone", "popleft", "setdefault"}:
        return held
    return ()


def _of_result(inference: "Inference", value: Value, name: str) -> Values:
    first = merged(rows.position(one, 0) if one.name == rows.ROW else (one,) for one in value.of)
    if name == "scalars":
        return (instance(known.SCALARS, first, value.load),)
    if name in {"scalar", "scalar_one", "scalar_one_or_none"}:
        return tuple(one.loaded(value.load) for one in first)
    if name in {"all", "fetchall", "fetchmany", "mappings", "tuples"}:
        return (instance("list", members.elements(inference, value)),)
    if name in {"first", "one", "one_or_none", "fetchone"}:
        return members.elements(inference, value)
    return (value,) if name in {"unique", "yield_per", "execution_options"} else ()


def _of_session(
    inference: "Inference", value: Value, name: str, node: ast.Call, module: Module
) -> Values:
    if name == "query":
        held = selected(inference, node.args, module)
        return (members.query_of(inference, held, node, module).weaker(value.confidence),)
    if name in {"get", "get_one", "merge"} and node.args:
        given = inference.values(node.args[0], module)
        load = inference.models.load(node, module)
        return tuple(
            instance(one.name, load=load) for one in given if inference.models.is_model(one.name)
        )
    if name in {"execute", "scalars", "scalar", "stream", "stream_scalars"} and node.args:
        groups: list[Values] = []
        for statement in inference.instances(node.args[0], module):
            if statement.name != known.SELECT:
                continue
            if name == "scalar":
                groups.append(members.elements(inference, statement))
                continue
            kind = known.SCALARS if "scalars" in name else known.RESULT
            groups.append((instance(kind, statement.of, statement.load),))
        default = {"execute": known.RESULT, "scalars": known.SCALARS}.get(name)
        return merged(groups) or ((instance(default),) if default else ())
    return ()


def _of_flask_sqlalchemy(
    inference: "Inference", name: str, node: ast.Call, module: Module
) -> Values:
    if name in {"get_or_404", "first_or_404", "one_or_404"} and node.args:
        load = inference.models.load(node, module)
        groups: list[Values] = []
        for value in inference.values(node.args[0], module):
            if value.kind is Kind.CLASS:
                groups.append((instance(value.name, load=load),))
            elif value.name == known.SELECT:
                groups.append(members.elements(inference, value))
        return merged(groups)
    if name == "paginate" and node.args:
        return tuple(
            instance(known.PAGINATION, value.of, value.load)
            for value in inference.instances(node.args[0], module)
        )
    return ()

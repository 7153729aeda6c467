"""What a function is given by those that call it, or that decorate with it."""

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from migration_guide.kit.audit import members
from migration_guide.kit.audit.module import Module, parameters, parent
from migration_guide.kit.audit.project import Function
from migration_guide.kit.audit.values import Kind, Value, Values, instance, merged

if TYPE_CHECKING:
    from migration_guide.kit.audit.infer import Inference

CALLS = 12
"""Callers that are asked for what they pass."""


def passed(inference: "Inference", function: Function, parameter: ast.arg) -> Iterator[Values]:
    """What callers give a parameter."""
    arguments = function.node.args
    names = [one.arg for one in [*arguments.posonlyargs, *arguments.args]]
    position = names.index(parameter.arg) - function.is_bound if parameter.arg in names else -1
    asked = 0
    injected = list(_injected(inference, function))
    injecting = {call for _, call in injected}
    for module, call in [*injected, *_calls(inference, function)]:
        given = next(
            (keyword.value for keyword in call.keywords if keyword.arg == parameter.arg), None
        )
        if given is None and 0 <= position < len(call.args):
            given = call.args[position]
        if given is None or isinstance(given, ast.Starred):
            continue
        if not (call in injecting or _means(inference, call, function, module)):
            continue
        yield inference.values(given, module)
        asked += 1
        if asked >= CALLS:
            return


def _injected(inference: "Inference", function: Function) -> Iterator[tuple[Module, ast.Call]]:
    """The calls that its decorators make of it: ``function(*args, user=user)``."""
    for decorator in function.node.decorator_list:
        for value in inference.values(decorator, function.module):
            found = inference.project.functions.get(value.name)
            first = next(iter(parameters(found.node)), None) if found else None
            if found is None or first is None:
                continue
            for node in ast.walk(found.node):
                match node:
                    case ast.Call(func=ast.Name(id=name)) if name == first.arg:
                        yield found.module, node
                    case _:
                        pass


def decorated(inference: "Inference", function: Function, parameter: ast.arg) -> Values:
    """The functions that it decorates, if that is what its first parameter is."""
    if function.owner is not None or parameter is not next(iter(parameters(function.node)), None):
        return ()
    maker = _maker(inference, function)
    found: list[Value] = []
    for one, decorator in inference.project.decorated.get((maker or function).node.name, []):
        if isinstance(decorator, ast.Call) is (maker is not None) and any(
            value.name == function.name for value in inference.values(decorator, one.module)
        ):
            found.append(Value(Kind.FUNCTION, one.name))
            if len(found) >= CALLS:
                break
    return tuple(found)


def given_at_once(
    inference: "Inference", node: ast.Lambda, parameter: ast.arg, module: Module
) -> Values:
    """What a lambda is given by ``map()``, or as the key by which something is sorted."""
    above = parent(node)
    call = parent(above) if isinstance(above, ast.keyword) else above
    index = node.args.args.index(parameter) if parameter in node.args.args else 0
    match call:
        case ast.Call(func=ast.Name(id="map" | "filter"), args=[_, *iterables]):
            held = iterables[index : index + 1]
        case ast.Call(func=ast.Name(id="sorted" | "min" | "max"), args=[iterable, *_]):
            held = [iterable]
        case ast.Call(func=ast.Attribute(value=iterable, attr="sort")):
            held = [iterable]
        case _:
            held = []
    return merged(
        members.elements(inference, value)
        for iterable in held
        for value in inference.values(iterable, module)
    )


def patched(inference: "Inference", function: Function, parameter: ast.arg) -> Values:
    """The object of a method that is given to a class later: ``Query.page = page``."""
    if function.owner is not None or parameter is not next(iter(parameters(function.node)), None):
        return ()
    return tuple(
        instance(owner.name)
        for module, target, node in inference.project.assigned.get(function.node.name, [])
        if any(value.name == function.name for value in inference.values(node, module))
        for owner in inference.values(target, module)
        if owner.kind in {Kind.CLASS, Kind.EXTERNAL}
    )


def _maker(inference: "Inference", function: Function) -> Function | None:
    """The function around a decorator, which makes it: ``def route(path): def decorator(f): …``."""
    outer = function.name.rpartition(".")[0]
    return inference.project.functions.get(outer)


def _calls(inference: "Inference", function: Function) -> Iterator[tuple[Module, ast.Call]]:
    """The calls by its name; of a constructor, by the names of the classes that have it."""
    calls = inference.project.calls
    yield from calls.get(function.node.name, [])
    if function.node.name == "__init__" and function.owner is not None:
        heirs = inference.subclasses.get(function.owner.name, [])
        for name in dict.fromkeys([function.owner.name, *heirs]):
            yield from calls.get(name.rpartition(".")[2], [])


def _means(inference: "Inference", call: ast.Call, function: Function, module: Module) -> bool:
    """Whether a call by this name may be one of the function."""
    targets = inference.values(call.func, module)
    if not targets:
        # Not followed: then by its name, if that is of one function alone.
        return len(inference.project.by_function_name[function.node.name]) == 1
    wanted = _names(inference, function)
    return any(value.name in wanted for value in targets)


def _names(inference: "Inference", function: Function) -> set[str]:
    """Its own, those of the methods that it overrides, and of the classes that it constructs."""
    if function.owner is None:
        return {function.name}
    simple = function.node.name
    if simple != "__init__":
        return {f"{base}.{simple}" for base in inference.models.ancestry(function.owner.name)}
    heirs = inference.subclasses.get(function.owner.name, [])
    own = (one for one in heirs if f"{one}.__init__" not in inference.project.functions)
    return {function.name, function.owner.name, *own}

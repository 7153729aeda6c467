"""What a function's parameter stands for."""

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from migration_guide.kit.audit import annotations, known
from migration_guide.kit.audit.finding import Confidence
from migration_guide.kit.audit.module import FunctionNode, Module, Scope, body_of
from migration_guide.kit.audit.project import Function
from migration_guide.kit.audit.values import Kind, Value, Values, instance, merged

if TYPE_CHECKING:
    from migration_guide.kit.audit.infer import Inference

CALLS = 12
"""Callers that are asked for what they pass."""

SESSION_NAMES = frozenset(
    {"session", "db_session", "dbsession", "sess", "sa_session", "_session", "db", "s"}
)
ONLY_A_SESSION = frozenset({"commit", "flush", "query", "add", "add_all", "scalars", "rollback"})
"""Methods that tell a database session from a requests.Session or a dict."""

CLIENT_NAMES = frozenset({"client", "test_client", "testapp", "flask_client", "test_app"})


def meaning(inference: "Inference", parameter: ast.arg, scope: Scope, module: Module) -> Values:
    """From its annotation, its fixture, what callers pass, or how it is used; the first of them."""
    function = inference.project.function(scope)
    if parameter.annotation is not None:
        declared = annotations.meaning(inference, parameter.annotation, module)
        if any("." in value.name for value in declared):
            return declared
    if function is None:
        return ()
    if function.owner is not None and (own := _itself(function, parameter)):
        return own
    return (
        _fixture(inference, parameter.arg, function, module)
        or inference.once(
            ("parameter", function.name, parameter.arg),
            lambda: merged(_passed(inference, function, parameter)),
        )
        or _default(inference, function, parameter)
        or _by_use(parameter, function)
    )


def _itself(function: Function, parameter: ast.arg) -> Values:
    """``self`` or ``cls``."""
    arguments = function.node.args
    first = next(iter([*arguments.posonlyargs, *arguments.args]), None)
    owner = function.owner
    if first is not parameter or owner is None or function.is_decorated("staticmethod"):
        return ()
    is_class = function.is_decorated("classmethod", "declared_attr", "expression", "comparator")
    if is_class or parameter.arg == "cls":
        return (Value(Kind.CLASS, owner.name),)
    return (instance(owner.name),)


def _fixture(inference: "Inference", name: str, function: Function, module: Module) -> Values:
    is_taker = module.is_test and (
        function.node.name.startswith("test") or function.is_decorated("fixture")
    )
    fixture = inference.project.fixture(name, module) if is_taker else None
    if fixture is None or fixture is function:
        return ()
    return inference.yielded(fixture) or inference.returned(fixture)


def _passed(inference: "Inference", function: Function, parameter: ast.arg) -> Iterator[Values]:
    """What callers give it."""
    arguments = function.node.args
    names = [one.arg for one in [*arguments.posonlyargs, *arguments.args]]
    is_bound = function.owner is not None and not function.is_decorated("staticmethod")
    position = names.index(parameter.arg) - is_bound if parameter.arg in names else -1
    called = function.node.name
    if called == "__init__" and function.owner is not None:
        called = function.owner.node.name
    asked = 0
    for module, call in inference.project.calls.get(called, []):
        given = next(
            (keyword.value for keyword in call.keywords if keyword.arg == parameter.arg), None
        )
        if given is None and 0 <= position < len(call.args):
            given = call.args[position]
        if given is None or isinstance(given, ast.Starred):
            continue
        if not _means(inference, call, function, module):
            continue
        yield inference.values(given, module)
        asked += 1
        if asked >= CALLS:
            return


def _means(inference: "Inference", call: ast.Call, function: Function, module: Module) -> bool:
    """Whether a call by this name may be one of the function."""
    targets = inference.values(call.func, module)
    if not targets:
        # Not followed: then by its name, if that is of one function alone.
        return len(inference.project.by_function_name[function.node.name]) == 1
    wanted = {function.name, function.owner.name if function.owner else ""}
    return any(value.name in wanted for value in targets)


def _default(inference: "Inference", function: Function, parameter: ast.arg) -> Values:
    arguments = function.node.args
    plain = [*arguments.posonlyargs, *arguments.args]
    pairs = [
        *zip(reversed(plain), reversed(arguments.defaults), strict=False),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    for one, default in pairs:
        if one is parameter and default is not None:
            found = inference.values(default, function.module)
            return tuple(value for value in found if "." in value.name)
    return ()


def _by_use(parameter: ast.arg, function: Function) -> Values:
    """From its name together with what is done with it."""
    name = parameter.arg
    if name in SESSION_NAMES and _methods_used(function.node, name) & ONLY_A_SESSION:
        return (instance(known.SESSION).weaker(Confidence.LIKELY),)
    if (
        name in CLIENT_NAMES
        and function.module.is_test
        and {"get", "post", "put", "delete", "patch"} & _methods_used(function.node, name)
    ):
        return (instance(known.CLIENT).weaker(Confidence.LIKELY),)
    return ()


def _methods_used(function: FunctionNode, name: str) -> set[str]:
    return {
        node.func.attr
        for node in body_of(function)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == name
    }

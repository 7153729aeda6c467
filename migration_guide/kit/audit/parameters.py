"""What a function's parameter stands for."""

import ast
from typing import TYPE_CHECKING

from migration_guide.kit.audit import annotations, callers, known
from migration_guide.kit.audit.finding import Confidence
from migration_guide.kit.audit.module import FunctionNode, Module, Scope, body_of, parameters
from migration_guide.kit.audit.project import Function, terminal
from migration_guide.kit.audit.values import Kind, Value, Values, instance, merged

if TYPE_CHECKING:
    from migration_guide.kit.audit.infer import Inference

SESSION_NAMES = frozenset(
    {"session", "db_session", "dbsession", "sess", "sa_session", "_session", "db", "s"}
)
CONNECTION_NAMES = frozenset({"conn", "connection"})
LISTENER = frozenset({"mapper", "target"})
"""Of a function that listens to a mapper, the other parameters."""
AFTER = ("after_request", "after_app_request", "after_this_request")
"""Hooks that are given the response."""
APP_NAMES = frozenset({"app", "application", "flask_app"})
ONLY_AN_APP = frozenset(
    {
        "app_context", "test_client", "test_request_context", "register_blueprint", "add_url_rule",
        "before_request", "test_cli_runner", "url_map",
    }
)  # fmt: skip
ONLY_A_SESSION = frozenset({"commit", "flush", "query", "add", "add_all", "scalars", "rollback"})
"""Methods that tell a database session from a requests.Session or a dict."""

OF_A_SESSION = ONLY_A_SESSION | {"execute", "delete", "get", "merge", "refresh", "remove", "scalar"}

CLIENT_NAMES = frozenset({"client", "test_client", "testapp", "flask_client", "test_app"})


def meaning(inference: "Inference", parameter: ast.arg, scope: Scope, module: Module) -> Values:
    """From its annotation, its fixture, what callers pass, or how it is used; the first of them."""
    function = inference.project.function(scope)
    declared: Values = ()
    if parameter.annotation is not None:
        declared = annotations.meaning(inference, parameter.annotation, module)
    if any("." in value.name for value in declared):
        given = _given(inference, function, parameter) if function else ()
        return inference.of_these(given, declared) or declared
    if isinstance(scope, ast.Lambda):
        return callers.given_at_once(inference, scope, parameter, module)
    if function is None:
        return ()
    if function.owner is not None and (own := _itself(inference, function, parameter)):
        return own
    if function.is_decorated(*AFTER) and parameter is next(iter(parameters(function.node)), None):
        return (instance(known.RESPONSE),)
    return (
        _fixture(inference, parameter.arg, function, module)
        or _given(inference, function, parameter)
        or _default(inference, function, parameter)
        or _by_use(inference, parameter, function)
        or _namesake(inference, parameter.arg, module)
    )


def _given(inference: "Inference", function: Function, parameter: ast.arg) -> Values:
    """From the call that is followed, or those that call, decorate with, or assign the function."""
    if given := inference.context.argument(function.name, parameter.arg):
        return given
    return inference.once(
        ("parameter", function.name, parameter.arg),
        lambda: (
            callers.patched(inference, function, parameter)
            or merged(callers.passed(inference, function, parameter))
            or callers.decorated(inference, function, parameter)
        ),
    )


def _itself(inference: "Inference", function: Function, parameter: ast.arg) -> Values:
    """``self`` or ``cls``: of the class that inherits the method, where that is followed."""
    arguments = function.node.args
    first = next(iter([*arguments.posonlyargs, *arguments.args]), None)
    owner = function.owner
    if first is not parameter or owner is None or function.is_decorated("staticmethod"):
        return ()
    is_class = function.is_decorated("classmethod", "declared_attr", "expression", "comparator")
    itself = inference.context.itself or instance(owner.name)
    if is_class or parameter.arg == "cls":
        return (Value(Kind.CLASS, itself.name),)
    return (instance(itself.name, itself.of, itself.load),)


def _fixture(inference: "Inference", name: str, function: Function, module: Module) -> Values:
    is_taker = module.is_test and (function.node.name.startswith("test") or function.is_fixture)
    fixture = inference.project.fixture(name, module) if is_taker else None
    if fixture is None or fixture is function:
        return ()
    return inference.yielded(fixture) or inference.returned(fixture)


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


def _by_use(inference: "Inference", parameter: ast.arg, function: Function) -> Values:
    """From its name together with what is done with it."""
    name = parameter.arg
    if name in known.DATABASE_NAMES and methods_used(function.node, name, "session") & OF_A_SESSION:
        return (instance(known.DB).weaker(Confidence.LIKELY),)
    if name in APP_NAMES and _is_used_as_app(inference, function, name):
        return (instance(known.FLASK).weaker(Confidence.LIKELY),)
    if name in CONNECTION_NAMES and {one.arg for one in parameters(function.node)} >= LISTENER:
        return (instance(known.CONNECTION).weaker(Confidence.LIKELY),)
    if name in SESSION_NAMES and methods_used(function.node, name) & ONLY_A_SESSION:
        return (instance(known.SESSION).weaker(Confidence.LIKELY),)
    if (
        name in CLIENT_NAMES
        and function.module.is_test
        and {"get", "post", "put", "delete", "patch"} & methods_used(function.node, name)
    ):
        return (instance(known.CLIENT).weaker(Confidence.LIKELY),)
    return ()


def _is_used_as_app(inference: "Inference", function: Function, name: str) -> bool:
    """By what only an application has, or what the tree sets on one: ``app.database = …``."""
    for node in body_of(function.node):
        if isinstance(node, ast.Attribute) and terminal(node.value) == name:
            owners = (owner for _, owner, _ in inference.project.assigned.get(node.attr, ()))
            if node.attr in ONLY_AN_APP or any(terminal(one) in APP_NAMES for one in owners):
                return True
    return False


def _namesake(inference: "Inference", name: str, module: Module) -> Values:
    """What an annotation says of a parameter of the same name in the same file, if all agree."""

    def answer() -> Values:
        meanings = {
            annotations.meaning(inference, one, module)
            for one in inference.project.annotated.get((module.name, name), ())
        }
        if len(meanings) != 1:
            return ()
        return tuple(
            value.weaker(Confidence.LIKELY)
            for value in meanings.pop()
            if value.name in inference.project.classes or inference.models.is_session(value.name)
        )

    return inference.once(("namesake", module.name, name), answer)


def methods_used(function: FunctionNode, name: str, attribute: str = "") -> set[str]:
    """The methods that are called on a name, or on an attribute of it."""
    wanted = f"{name}.{attribute}" if attribute else name
    return {
        node.func.attr
        for node in body_of(function)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and terminal(node.func.value) == (attribute or name)
        and ast.unparse(node.func.value) == wanted
    }

"""Strings: the SQL that a call is given, and whether a value is text."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from migration_guide.kit.audit import known
from migration_guide.kit.audit.code import Code, argument, constant
from migration_guide.kit.audit.finding import Confidence
from migration_guide.kit.audit.module import (
    Bound,
    FunctionNode,
    ancestors,
    enclosing_class,
    enclosing_function,
)
from migration_guide.kit.audit.project import terminal
from migration_guide.kit.audit.roles import ROUTES

SQL_CALLS = {"text", "execute", "exec_driver_sql", "scalar", "scalars"}
"""The last names of the calls in which `sql` looks; for `Rule.check`."""

LITERAL = re.compile(
    r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$", re.DOTALL
)
GAP = "{}"
"""Stands for what is put into a string when the program runs."""


@dataclass(frozen=True, slots=True)
class Sql:
    """SQL as a call gets it.

    Attributes:
        text: without what stands in quotes, in comments and between dollar signs.
        node: where it is written.
        typed: the names of its parameters that a `bindparam` describes.

    """

    text: str
    node: ast.expr
    typed: frozenset[str]


def sql(call: ast.Call, code: Code) -> Iterator[Sql]:
    """The SQL of `text()`, or of `execute()` and its like where that takes a string."""
    if not call.args or not _takes_sql(call, code):
        return
    written = literal(call.args[0], code)
    if written is not None:
        yield Sql(LITERAL.sub(_emptied, written), call.args[0], frozenset(_described(call, code)))


def _emptied(found: re.Match[str]) -> str:
    return "''" if found.group().startswith(("'", "$")) else " "


def _takes_sql(call: ast.Call, code: Code) -> bool:
    if terminal(call.func) == "text":
        return "sqlalchemy.text" in code.names(call.func)
    if not isinstance(call.func, ast.Attribute):
        return False
    owner = call.func.value
    return (
        code.session(owner) is not None
        or code.instance_of(owner, known.CONNECTION, known.ENGINE) is not None
        or "alembic.op.execute" in code.names(call.func)
    )


def _described(call: ast.Call, code: Code) -> Iterator[str]:
    """The parameters that ``bindparam()`` or ``bindparams()`` in the same function speak of."""
    for node in ast.walk(enclosing_function(call) or code.module.tree):
        if isinstance(node, ast.Call) and terminal(node.func) == "bindparam" and node.args:
            yield str(constant(node.args[0]))
        elif isinstance(node, ast.Call) and terminal(node.func) == "bindparams":
            yield from (keyword.arg for keyword in node.keywords if keyword.arg is not None)


def literal(node: ast.AST, code: Code) -> str | None:  # noqa: PLR0911 -- one case for each way to write it
    """A string that is written out, with `GAP` where a value is put in; None: it is not."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(
                part.value if isinstance(part, ast.Constant) else GAP  # type: ignore[misc]
                for part in parts
            )
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            first, second = literal(left, code), literal(right, code)
            if first is None and second is None:
                return None
            return (GAP if first is None else first) + (GAP if second is None else second)
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="format")):
            return text
        case ast.Call(func=function, args=[inner, *_]) if terminal(function) == "dedent":
            return literal(inner, code)
        case ast.Name():
            only = only_value(node, code)
            return literal(only, code) if only is not None else None
        case _:
            return None


def only_value(node: ast.Name, code: Code) -> ast.expr | None:
    """What a name is set to, where it is set once, in its function or its module."""
    scopes = [above for above in ancestors(node) if isinstance(above, FunctionNode | ast.Module)]
    for scope in scopes:
        bindings = code.module.bindings(scope).get(node.id)
        if not bindings:
            continue
        if len(bindings) == 1 and bindings[0].how is Bound.VALUE and bindings[0].index is None:
            value = bindings[0].node
            return value if isinstance(value, ast.expr) and value is not node else None
        return None
    return None


# Text

REQUEST_TEXTS = {"args", "form", "values", "cookies", "headers"}
FORMATTING = {"isoformat", "strftime"}


def text_value(node: ast.expr, code: Code) -> Confidence | None:  # noqa: PLR0911 -- one case for each way to write it
    """How sure it is that an expression is a string; None: it may be something else."""
    match node:
        case ast.Constant(value=str()) | ast.JoinedStr():
            return Confidence.CERTAIN
        case ast.Call(func=ast.Name(id="str")):
            return Confidence.CERTAIN
        case ast.Call(func=ast.Attribute(attr=name)) if name in FORMATTING:
            return Confidence.LIKELY
        case ast.Call(func=ast.Attribute(value=held, attr="get")):
            is_converted = argument(node, 2, "type") is not None
            return None if is_converted or not _of_request(held, code) else Confidence.LIKELY
        case ast.Subscript(value=held):
            return Confidence.LIKELY if _of_request(held, code) else None
        case ast.Name():
            only = only_value(node, code)
            if only is not None:
                return text_value(only, code)
            is_text = is_from_route(node, code) or _is_key_of_login(node, code)
            return Confidence.LIKELY if is_text else None
        case _:
            return None


def is_list_of_texts(node: ast.expr, code: Code) -> bool:
    """Whether it is what ``request.form.getlist()`` gives without a type."""
    match node:
        case ast.Call(func=ast.Attribute(value=held, attr="getlist")):
            return argument(node, 1, "type") is None and _of_request(held, code)
        case ast.Name():
            only = only_value(node, code)
            return only is not None and is_list_of_texts(only, code)
        case _:
            return False


def _of_request(node: ast.AST, code: Code) -> bool:
    """Whether it is ``request.args`` or another dict of strings of a request."""
    return (
        isinstance(node, ast.Attribute)
        and node.attr in REQUEST_TEXTS
        and code.instance_of(node.value, known.REQUEST) is not None
    )


def is_from_route(node: ast.AST, code: Code) -> bool:
    """Whether it is a parameter of a view, and its routes give it as text."""
    function = _given_to(node, code)
    if function is None or not isinstance(node, ast.Name):
        return False
    name = re.escape(node.id)
    as_text = re.compile(rf"<(?:string(?:\([^)]*\))?:|path:)?{name}>")
    named = [one for one in _routes(function, code) if re.search(rf"[<:]{name}>", one)]
    return bool(named) and all(as_text.search(one) for one in named)


def _is_key_of_login(node: ast.Name, code: Code) -> bool:
    """Whether it is what Flask-Login loads a user by, which it keeps as text."""
    function = _given_to(node, code)
    return function is not None and any(
        terminal(one) == "user_loader" for one in function.decorator_list
    )


def _given_to(node: ast.AST, code: Code) -> FunctionNode | None:
    """The function around a name that is its parameter, and not set again."""
    function = enclosing_function(node)
    if function is None or not isinstance(node, ast.Name):
        return None
    bindings = code.module.bindings(function).get(node.id, [])
    is_given = len(bindings) == 1 and bindings[0].how is Bound.PARAMETER
    return function if is_given else None


def _routes(function: FunctionNode, code: Code) -> Iterator[str]:
    """The paths under which a view, or the class that it is a method of, is registered."""
    owner = enclosing_class(function)
    decorators = [*function.decorator_list, *(owner.decorator_list if owner else ())]
    calls = [
        one for one in decorators if isinstance(one, ast.Call) and (terminal(one.func) in ROUTES)
    ]
    for adding in ("add_url_rule", "add_resource"):
        calls += [
            call
            for _, call in code.project.calls.get(adding, ())
            if _mentions(call, (owner or function).name)
        ]
    for call in calls:
        yield from (one for one in map(constant, call.args) if isinstance(one, str))


def _mentions(call: ast.Call, name: str) -> bool:
    return any(
        isinstance(one, ast.Name | ast.Attribute) and terminal(one) == name
        for one in ast.walk(call)
    )

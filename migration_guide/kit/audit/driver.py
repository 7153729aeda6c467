"""The driver's own connection and cursor, under SQLAlchemy's."""

import ast

from migration_guide.kit.audit import known
from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.module import enclosing_function, parameters
from migration_guide.kit.audit.project import terminal

UNDER = {"connection", "dbapi_connection", "driver_connection"}


def is_under_a_connection(node: ast.AST, code: Code) -> bool:
    """Whether it is ``connection.connection`` or the like."""
    return (
        isinstance(node, ast.Attribute)
        and node.attr in UNDER
        and code.instance_of(node.value, known.CONNECTION) is not None
    )


def is_cursor(node: ast.AST, code: Code) -> bool:
    """Whether a name is a cursor that was made of the driver's connection in the same function."""
    around = enclosing_function(node)
    if not isinstance(node, ast.Name) or around is None:
        return False
    return any(
        isinstance(made := binding.node, ast.Call)
        and isinstance(made.func, ast.Attribute)
        and made.func.attr == "cursor"
        and _is_connection(made.func.value, code)
        for binding in code.module.bindings(around).get(node.id, [])
    )


def _is_connection(node: ast.AST, code: Code) -> bool:
    raw = known.METHODS[known.ENGINE, "raw_connection"]
    return (
        code.instance_of(node, raw) is not None
        or is_under_a_connection(node, code)
        or _is_given_by_an_event(node)
    )


def _is_given_by_an_event(node: ast.AST) -> bool:
    """Whether it is the first parameter of a listener to SQLAlchemy's events."""
    function = enclosing_function(node)
    if function is None or not isinstance(node, ast.Name):
        return False
    listens = any(terminal(one) == "listens_for" for one in function.decorator_list)
    given = parameters(function)
    return listens and bool(given) and given[0].arg == node.id

"""Whether a query is run where it stands, or only built."""

import ast

from migration_guide.kit.audit import known
from migration_guide.kit.audit.module import Bound, Module, body_of, enclosing_function, parent

ONLY_BUILD = known.QUERY_CHAIN | {
    "alias", "as_scalar", "c", "cte", "exists", "label", "scalar_subquery", "selectable",
    "statement", "subquery", "with_entities",
}  # fmt: skip
ITERATING = frozenset(
    {
        "all", "any", "dict", "enumerate", "filter", "iter", "list", "map", "max", "min",
        "reversed", "set", "sorted", "sum", "tuple", "zip",
    }
)  # fmt: skip
"""Built-in functions that iterate over an argument."""


def is_run(node: ast.AST, module: Module) -> bool:
    """Whether the methods that are called on a query, or what is done with it, ask the database."""
    while True:
        above = parent(node)
        if isinstance(above, ast.Attribute):
            if above.attr not in ONLY_BUILD:
                return True
        elif not (isinstance(above, ast.Call) and above.func is node):
            return is_iterated(node) or _is_held_to_iterate(node, module)
        node = above


def held(node: ast.AST, module: Module) -> ast.AST | None:
    """What a name stands for that is bound once, in the function that uses it."""
    scope = enclosing_function(node) or module.tree
    if not isinstance(node, ast.Name):
        return None
    bindings = module.bindings(scope).get(node.id, [])
    is_once = len(bindings) == 1 and bindings[0].how is Bound.VALUE
    return bindings[0].node if is_once else None


def _is_held_to_iterate(node: ast.AST, module: Module) -> bool:
    """Whether it is bound to a name that is looped over in the same function."""
    scope = enclosing_function(node) or module.tree
    return isinstance(parent(node), ast.Assign) and any(
        is_iterated(other) and held(other, module) is node
        for other in body_of(scope)
        if isinstance(other, ast.Name)
    )


def is_iterated(node: ast.AST) -> bool:
    """Whether an expression is looped over, indexed, unpacked or searched where it stands."""
    match parent(node):
        case ast.For(iter=used) | ast.comprehension(iter=used) | ast.Subscript(value=used):
            return used is node
        case ast.Starred() | ast.YieldFrom():
            return True
        case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[used]):
            return used is node
        case ast.Call(func=ast.Name(id=name)):
            return name in ITERATING
        case _:
            return False

"""Which of a name's bindings counts where the name is used."""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit.module import (
    Binding,
    FunctionNode,
    Scope,
    ancestors,
    enclosing_function,
)


def nearest(bindings: list[Binding]) -> list[Binding]:
    """The last one, and with it those of the other branches of the same ``if`` or ``try``."""
    if not bindings:
        return []
    last = bindings[-1]
    branch = _branching(last.node)
    if branch is None:
        return [one for one in bindings if one.line == last.line]
    return [one for one in bindings if _branching(one.node) is branch or one.line == last.line]


def _branching(node: ast.AST) -> ast.AST | None:
    for above in ancestors(node):
        if isinstance(above, ast.If | ast.Try | ast.Match):
            return above
        if isinstance(above, FunctionNode | ast.Module | ast.ClassDef):
            return None
    return None


def runs_in(node: ast.AST, scope: Scope) -> bool:
    """Whether the node runs as part of the scope, in the order of its lines."""
    function = enclosing_function(node)
    return function is scope or (function is None and isinstance(scope, ast.Module))


def is_within(below: ast.AST, scope: ast.AST) -> bool:
    """Whether a node is in the scope, and not in what its header says."""
    if isinstance(scope, FunctionNode):
        return below in scope.body
    if isinstance(scope, ast.ClassDef):
        return below in scope.body
    return True


def contains(tree: ast.AST, node: ast.AST) -> bool:
    return tree is node or any(above is tree for above in ancestors(node))


def names_in(target: ast.AST) -> Iterator[tuple[str, int | None]]:
    match target:
        case ast.Name(id=name):
            yield name, None
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            for index, element in enumerate(elements):
                if isinstance(element, ast.Name):
                    yield element.id, index

"""Settings that a file changes after it has set them, which is not read without running it."""

import ast
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from migration_guide.kit.audit.settings import name_of

_CHANGING = frozenset({"update", "setdefault", "pop", "clear", "popitem", "__setitem__"})
_SCOPES = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass(frozen=True)
class Change:
    """Where one of the settings is changed."""

    name: str
    line: int


def changes(tree: ast.AST, names: Collection[str]) -> Iterator[Change]:
    """The second assignment to a setting in one scope, also in a branch; changes of its parts."""
    yield from _of_scope(tree, names)
    for node in ast.walk(tree):
        if isinstance(node, _SCOPES):
            yield from _of_scope(node, names)


def _of_scope(scope: ast.AST, names: Collection[str]) -> Iterator[Change]:
    assigned: Counter[str] = Counter()
    for node in _nodes(scope):
        for name in map(name_of, _set_whole(node)):
            if name in names:
                assigned[name] += 1
                if assigned[name] > 1:
                    yield Change(name, node.lineno)  # type: ignore[attr-defined]
        for name in map(name_of, _set_in_part(node)):
            if name in names:
                yield Change(name, node.lineno)  # type: ignore[attr-defined]


def _nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """Those of the scope itself, in the order of the text."""
    for node in ast.iter_child_nodes(scope):
        yield node
        if not isinstance(node, _SCOPES):
            yield from _nodes(node)


def _set_whole(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.Assign(targets=targets):
            yield from targets
        case ast.AnnAssign(target=target, value=ast.expr()):
            yield target
        case _:
            pass


def _set_in_part(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.AugAssign(target=target):
            yield target
        case ast.Subscript(value=whole, ctx=ast.Store() | ast.Del()):
            yield whole
        case ast.Call(func=ast.Attribute(value=whole, attr=name)) if name in _CHANGING:
            yield whole
        case _:
            pass

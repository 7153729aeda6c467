"""What lists and dicts hold that are filled after they are made: ``handlers[name] = function``."""

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from migration_guide.kit.audit.module import FunctionNode, Module, ancestors
from migration_guide.kit.audit.project import terminal
from migration_guide.kit.audit.values import Kind, Value, Values, merged

if TYPE_CHECKING:
    from migration_guide.kit.audit.infer import Inference

CONTAINERS = frozenset({"list", "dict", "set", "collections.defaultdict", "collections.deque"})
ASKED = 12
"""Places at which something is put into a container of one name that are looked at."""


def filled(inference: "Inference", node: ast.AST, values: Values, module: Module) -> Values:
    """The values of a name, with what an empty container is given under the same name."""
    if not any(_is_empty(value) for value in values):
        return values
    held = inference.once(("stored", node), lambda: _held(inference, node, module))
    if not held:
        return values
    return tuple(
        replace(value, name=_plain(value.name), of=held) if _is_empty(value) else value
        for value in values
    )


def _is_empty(value: Value) -> bool:
    return value.kind is Kind.INSTANCE and value.name in CONTAINERS and not value.of


def _plain(name: str) -> str:
    return "dict" if "dict" in name else "list"


def _held(inference: "Inference", node: ast.AST, module: Module) -> Values:
    places = inference.project.stored.get(terminal(node), [])
    same = [one for one in places if one[0] is module and _is_same(one[1], node, module)]
    return merged(inference.values(value, module) for _, _, value in same[:ASKED])


def _is_same(one: ast.expr, other: ast.AST, module: Module) -> bool:
    """Whether two names of a module mean the same container."""
    match one, other:
        case ast.Name(), ast.Name():
            return _scope(one, module) is _scope(other, module)
        case ast.Attribute(value=owner), ast.Attribute(value=other_owner):
            return ast.unparse(owner) == ast.unparse(other_owner) and (
                ast.unparse(owner) != "self" or _class_around(one) is _class_around(other)
            )
        case _:
            return False


def _scope(name: ast.Name, module: Module) -> ast.AST | None:
    """The function or module that binds a name."""
    for above in ancestors(name):
        if isinstance(above, FunctionNode | ast.Module) and name.id in module.bindings(above):
            return above
    return None


def _class_around(node: ast.AST) -> ast.AST | None:
    return next((above for above in ancestors(node) if isinstance(above, ast.ClassDef)), None)

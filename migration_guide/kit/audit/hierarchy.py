"""Subclasses: what a base class leaves to them, and which methods override which."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from migration_guide.kit.audit.module import FunctionNode
from migration_guide.kit.audit.project import Function, terminal

if TYPE_CHECKING:
    from migration_guide.kit.audit.infer import Inference


def subclasses(inference: "Inference") -> dict[str, list[str]]:
    """Of each class, those of the tree that inherit from it, at any distance."""
    found: dict[str, list[str]] = defaultdict(list)
    for name in inference.project.classes:
        for base in inference.models.ancestry(name)[1:]:
            found[base].append(name)
    return found


def is_abstract(node: FunctionNode) -> bool:
    """Whether a method leaves its work to subclasses: it is empty, or only raises."""
    if any(terminal(decorator) == "abstractmethod" for decorator in node.decorator_list):
        return True
    return all(_does_nothing(statement) for statement in node.body)


def _does_nothing(statement: ast.stmt) -> bool:
    match statement:
        case ast.Pass() | ast.Expr(value=ast.Constant()):
            return True
        case ast.Raise(exc=ast.expr() as error):
            return terminal(error) == "NotImplementedError"
        case _:
            return False


def overridden(inference: "Inference", function: Function) -> Iterator[Function]:
    """The methods of this name of the bases of its class."""
    if function.owner is None:
        return
    for base in inference.models.ancestry(function.owner.name)[1:]:
        found = inference.project.functions.get(f"{base}.{function.node.name}")
        if found is not None:
            yield found

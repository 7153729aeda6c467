"""Who calls whom at one node: by a call, a property, ``with``, ``map()``, or a signal."""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit.code import CALLERS, Code, weaker_of
from migration_guide.kit.audit.graph import Edge, Use
from migration_guide.kit.audit.module import parent
from migration_guide.kit.audit.project import terminal
from migration_guide.kit.audit.roles import PROPERTIES
from migration_guide.kit.audit.signals import receivers
from migration_guide.kit.audit.values import Kind


def edges(node: ast.AST, code: Code) -> Iterator[Edge]:
    match node:
        case ast.Call():
            use = _use(node)
            for called in code.calls(node):
                yield _edge(node, node.func, called.name, use, code)
            if terminal(node.func) == "send":
                for receiver in receivers(node, code):
                    yield _edge(node, node.func, receiver.name, Use.SIGNAL, code)
            if terminal(node.func) in CALLERS:
                yield from _of_callbacks(node, code)
        case ast.Attribute():
            for name in _properties(node, code):
                yield _edge(node, node.value, name, Use.PROPERTY, code)
        case ast.With(items=items):
            for item in items:
                yield from _of_context_manager(item.context_expr, code)
        case _:
            pass


def _edge(node: ast.AST, receiver: ast.AST, callee: str, use: Use, code: Code) -> Edge:
    around = code.runner(node)
    return Edge(
        around.name if around else "",
        callee,
        code.place(node),
        code.text(node, 40),
        code.is_awaited(node),
        use,
        weaker_of(*code.values(receiver)),
    )


def _use(node: ast.Call) -> Use:
    """What is done with the result of a call."""
    match parent(node):
        case ast.For(iter=used) | ast.comprehension(iter=used) if used is node:
            return Use.LOOP
        case ast.YieldFrom():
            return Use.LOOP
        case ast.withitem():
            return Use.WITH
        case _:
            return Use.CALL


def _of_callbacks(node: ast.Call, code: Code) -> Iterator[Edge]:
    given = [*node.args[:1], *(one.value for one in node.keywords if one.arg == "key")]
    for argument in given:
        if isinstance(argument, ast.Name | ast.Attribute | ast.Lambda):
            for value in code.values(argument):
                for function in code.functions(value):
                    yield _edge(node, argument, function.name, Use.CALL, code)


def _of_context_manager(node: ast.expr, code: Code) -> Iterator[Edge]:
    """The methods that ``with`` calls of an object of the tree."""
    for value in code.values(node):
        if value.kind is not Kind.INSTANCE:
            continue
        for name in ("__enter__", "__exit__"):
            for base in code.models.ancestry(value.name):
                if (callee := f"{base}.{name}") in code.project.functions:
                    yield _edge(node, node, callee, Use.WITH, code)
                    break


def _properties(node: ast.Attribute, code: Code) -> Iterator[str]:
    candidates = [
        one
        for one in code.project.by_function_name.get(node.attr, ())
        if one.owner is not None and one.is_decorated(*PROPERTIES)
    ]
    if not candidates:
        return
    names = {
        base
        for value in code.values(node.value)
        if value.kind is Kind.INSTANCE
        # A mixin asks for what the classes have into which it is mixed.
        for base in (
            *code.models.ancestry(value.name),
            *code.inference.subclasses.get(value.name, ()),
        )
    }
    for one in candidates:
        if one.owner is not None and one.owner.name in names:
            yield one.name

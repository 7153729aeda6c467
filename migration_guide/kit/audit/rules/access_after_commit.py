"""An object is looked at after the commit that expired it.

## What it does

Finds, after a `commit()` or `rollback()` of a session, the first attribute of each mapped object
that is read in the statements that follow, unless it was refreshed or loaded anew. Where the tree
says `expire_on_commit=False`, only a `rollback()` counts.

## Why it matters

A commit expires what the session holds, and the next attribute that is read loads it again: without
`await`, which fails with `MissingGreenlet`. After a `rollback()` this is so whatever
`expire_on_commit` says.

## Example

```python
session.commit()
return {"id": order.id}
```

## Use instead

```python
Session = async_sessionmaker(engine, expire_on_commit=False)
```

## Known problems

What is given to another function, which then looks at it, is not reported. One setting of the
factory mends all of them but those after a rollback.
"""

import ast
from collections.abc import Iterator
from functools import cache

from migration_guide.kit.audit.code import Code, weaker_of
from migration_guide.kit.audit.finding import Confidence, Phase, Severity
from migration_guide.kit.audit.infer import Inference
from migration_guide.kit.audit.module import FunctionNode, ancestors, body_of, enclosing_function
from migration_guide.kit.audit.project import terminal
from migration_guide.kit.audit.rules.base import Hit, Rule
from migration_guide.kit.audit.values import weakest

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.BREAKING,
    phase=Phase.ORM,
    mechanical=True,
    instead="expire_on_commit=False, once, in the session factory; after a rollback load it anew",
)

LEAVES = (ast.Return, ast.Raise, ast.Continue, ast.Break)


@RULE.check(ast.Call, names={"commit", "rollback"})
def ended(node: ast.Call, code: Code) -> Iterator[Hit]:
    if not isinstance(node.func, ast.Attribute) or enclosing_function(node) is None:
        return
    if node.func.attr == "commit" and _keeps(code.inference):
        return
    session = code.session(node.func.value)
    if session is None:
        return
    fresh = _deleted(node)
    for statement in _following(node):
        for one in _in_order(statement):
            fresh |= _made_fresh(one)
            if not isinstance(one, ast.Attribute) or not isinstance(one.value, ast.Name):
                continue
            name = one.value.id
            owner = None if name in fresh else code.model(one.value)
            if isinstance(one.ctx, ast.Load) and owner and _is_column(owner.name, one.attr, code):
                fresh.add(name)
                yield Hit(
                    one,
                    f"`{code.text(one)}` was expired by `{code.text(node.func)}()` at line"
                    f" {node.lineno}.",
                    confidence=weakest(Confidence.LIKELY, weaker_of(owner, session)),
                )


@cache
def _keeps(inference: Inference) -> bool:
    """Whether the tree says expire_on_commit=False."""
    return any(
        "expire_on_commit" in line and "False" in line
        for module in inference.project.modules
        for line in module.lines
    )


def _following(node: ast.AST) -> Iterator[ast.stmt]:
    """The statements that run after the one around a node, in its function."""
    inner: ast.AST = node
    for above in ancestors(node):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(above, name, None)
            if isinstance(block, list) and inner in block:
                rest = block[block.index(inner) + 1 :]
                yield from rest
                if any(isinstance(one, LEAVES) for one in rest):
                    return
        if isinstance(above, FunctionNode):
            return
        inner = above


def _in_order(statement: ast.AST) -> Iterator[ast.AST]:
    """Its nodes in the order in which they run, about; those of functions in it are not run."""
    if isinstance(statement, FunctionNode | ast.Lambda | ast.ClassDef):
        return
    # What is assigned comes after the value; a comprehension binds its names first.
    fields = ("generators", "value", "targets", "target")
    first = [getattr(statement, name) for name in fields if hasattr(statement, name)]
    children = [one for part in first for one in (part if isinstance(part, list) else [part])]
    children += [one for one in ast.iter_child_nodes(statement) if one not in children]
    for child in children:
        if isinstance(child, ast.AST):
            yield from _in_order(child)
    yield statement


def _deleted(node: ast.AST) -> set[str]:
    """The names of objects that are deleted in the same function: those are not expired."""
    return {
        argument.id
        for one in body_of(enclosing_function(node) or node)
        if isinstance(one, ast.Call) and terminal(one.func) == "delete"
        for argument in one.args
        if isinstance(argument, ast.Name)
    }


def _made_fresh(node: ast.AST) -> set[str]:
    """The names that are bound, or refreshed."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return {node.id}
    if isinstance(node, ast.Call) and terminal(node.func) in {"refresh", "expunge"}:
        return {one.id for one in node.args if isinstance(one, ast.Name)}
    return set()


def _is_column(model: str, name: str, code: Code) -> bool:
    return code.models.column(model, name) is not None

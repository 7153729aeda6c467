"""A Query that was built elsewhere is run here.

## What it does

Finds `all()`, `first()`, `count()`, `paginate()` and the like on a Query that does not begin in the
same expression, and loops over one. Where it begins, `model-query` or `session-query` report it.

## Why it matters

The statement becomes a `select()`, and running it becomes `await session.scalars(statement)`: here,
not where it is built.

## Example

```python
query = build_query()
return query.all()
```

## Use instead

```python
statement = build_statement()
return (await session.scalars(statement)).all()
```

## Known problems

A relationship with `lazy="dynamic"` gives a Query too, and is reported here where it is run.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit import known
from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.rules.base import Hit, Rule
from migration_guide.kit.audit.values import Value

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.BREAKING,
    phase=Phase.SYNC_FIRST,
    mechanical=False,
    instead="await session.scalars(statement)",
)


def _begins_here(node: ast.AST) -> bool:
    """Whether the expression holds the place that the other rules report."""
    return any(isinstance(part, ast.Attribute) and part.attr == "query" for part in ast.walk(node))


def _run(node: ast.AST, code: Code) -> Value | None:
    found = code.instance_of(node, known.QUERY)
    return None if found is None or _begins_here(node) else found


@RULE.check(ast.Call, names=set(known.QUERY_TERMINALS))
def method(node: ast.Call, code: Code) -> Iterator[Hit]:
    if isinstance(node.func, ast.Attribute):
        found = _run(node.func.value, code)
        if found is not None and not code.is_awaited(node):
            message = f"`{code.text(node.func)}()` runs a Query, which AsyncSession does not have."
            yield Hit(node, message, confidence=found.confidence, awaits=True)


@RULE.check(ast.For)
def loop(node: ast.For, code: Code) -> Iterator[Hit]:
    found = _run(node.iter, code)
    if found is not None:
        message = f"The loop over `{code.text(node.iter)}` runs a Query."
        yield Hit(node.iter, message, confidence=found.confidence, awaits=True)

"""`session.execute()` without `await` gives a coroutine.

## What it does

Finds `execute`, `scalar`, `scalars`, `get`, `get_one` and `connection` on a database session that
are not awaited. Where the result is thrown away, as with an UPDATE, the finding is silent.

## Why it matters

On `AsyncSession` they are coroutines: what is done with the result fails, and a statement whose
result is thrown away does not run.

## Example

```python
user = db.session.get(User, user_id)
```

## Use instead

```python
user = await session.get(User, user_id)
```

## Known problems

None known.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.rules.base import Hit, Rule

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.BREAKING,
    phase=Phase.DATABASE,
    mechanical=True,
    instead="await it",
)

METHODS = {"execute", "scalar", "scalars", "get", "get_one", "connection"}


@RULE.check(ast.Call, names=METHODS)
def not_awaited(node: ast.Call, code: Code) -> Iterator[Hit]:
    if not isinstance(node.func, ast.Attribute) or code.is_awaited(node):
        return
    session = code.session(node.func.value)
    if session is None or code.in_run_sync(node) or code.stays_sync(node):
        return
    is_lost = code.is_statement(node)
    what = "does not run, and nothing fails" if is_lost else "is a coroutine, not a result"
    yield Hit(
        node,
        f"Without await, `{code.text(node)}` {what}.",
        confidence=session.confidence,
        awaits=True,
        severity=Severity.SILENT if is_lost else None,
    )

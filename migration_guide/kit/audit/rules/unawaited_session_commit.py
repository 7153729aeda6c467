"""`session.commit()` without `await` commits nothing.

## What it does

Finds `commit`, `flush`, `rollback`, `refresh`, `merge`, `close` and the like on a database session
which are not awaited; and `begin` and `begin_nested` whose result is not used.

## Why it matters

On `AsyncSession` they are coroutines. Without `await` nothing happens: the request is answered with
success, and nothing is stored. There is a RuntimeWarning in the log, and no error.

## Example

```python
db.session.add(order)
db.session.commit()
```

## Use instead

```python
session.add(order)
await session.commit()
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
    severity=Severity.SILENT,
    phase=Phase.DATABASE,
    mechanical=True,
    instead="await it",
)

METHODS = {"commit", "flush", "rollback", "refresh", "merge", "close", "invalidate", "remove"}
BEGIN = {"begin", "begin_nested"}


@RULE.check(ast.Call, names=METHODS | BEGIN)
def not_awaited(node: ast.Call, code: Code) -> Iterator[Hit]:
    if not isinstance(node.func, ast.Attribute) or code.is_awaited(node):
        return
    if node.func.attr in BEGIN and not code.is_statement(node):
        return  # `async with` is another rule's
    session = code.session(node.func.value)
    if session is not None and not (code.in_run_sync(node) or code.stays_sync(node)):
        yield Hit(
            node,
            f"Without await, `{code.text(node)}` does nothing, and nothing fails.",
            confidence=session.confidence,
            awaits=True,
        )

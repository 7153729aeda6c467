"""`session.delete()` without `await` deletes nothing.

## What it does

Finds `delete()` on a database session that is not awaited.

## Why it matters

On `AsyncSession` it is a coroutine. Without `await` nothing happens: the commit that follows
succeeds, and the row stays. There is a RuntimeWarning in the log, and no error.

## Example

```python
db.session.delete(order)
db.session.commit()
```

## Use instead

```python
await session.delete(order)
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
    instead="await session.delete(object)",
)


@RULE.check(ast.Call, names={"delete"})
def not_awaited(node: ast.Call, code: Code) -> Iterator[Hit]:
    if not isinstance(node.func, ast.Attribute) or code.is_awaited(node) or not node.args:
        return
    session = code.session(node.func.value)
    if session is not None and not (code.in_run_sync(node) or code.stays_sync(node)):
        message = f"Without await, `{code.text(node)}` deletes nothing, and the commit succeeds."
        yield Hit(node, message, confidence=session.confidence, awaits=True)

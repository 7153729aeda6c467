"""The application's context is entered with `async with`.

## What it does

Finds `with app.app_context()` and `with app.test_request_context()`.

## Why it matters

In Quart they are asynchronous context managers: `with` fails.

## Example

```python
with app.app_context():
    seed()
```

## Use instead

```python
async with app.app_context():
    await seed()
```

## Known problems

None known.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit import known
from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.rules.base import Hit, Rule

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.BREAKING,
    phase=Phase.FRAMEWORK,
    mechanical=True,
    instead="async with app.app_context()",
)


@RULE.check(ast.Call, names={"app_context", "test_request_context"})
def entered(node: ast.Call, code: Code) -> Iterator[Hit]:
    if not isinstance(node.func, ast.Attribute) or code.is_awaited(node):
        return
    app = code.instance_of(node.func.value, known.FLASK, "quart.Quart")
    if app is not None:
        message = f"`{code.text(node)}` is an asynchronous context manager in Quart."
        yield Hit(node, message, confidence=app.confidence, awaits=True)

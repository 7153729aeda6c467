"""`flash()` without `await` shows nothing.

## What it does

Finds `flash()` of Flask that is not awaited.

## Why it matters

In Quart it is a coroutine function. Without `await` nothing happens: the message is not shown, and
nothing fails.

## Example

```python
flash("Saved.")
```

## Use instead

```python
await flash("Saved.")
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
    phase=Phase.FRAMEWORK,
    mechanical=True,
    instead="await flash(...)",
)


@RULE.check(ast.Call, names={"flash"})
def not_awaited(node: ast.Call, code: Code) -> Iterator[Hit]:
    if code.names(node.func) & {"flask.flash", "quart.flash"} and not code.is_awaited(node):
        message = "Without await, `flash()` shows nothing, and nothing fails."
        yield Hit(node, message, awaits=True)

"""A view sleeps in a call that blocks.

## What it does

Finds `time.sleep` in views, hooks, and what they call.

## Why it matters

In an event loop it stops every request of the process for that time.

## Example

```python
time.sleep(0.5)
```

## Use instead

```python
await asyncio.sleep(0.5)
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
    instead="await asyncio.sleep()",
)


@RULE.check(ast.Call, names={"sleep"})
def blocking_call(node: ast.Call, code: Code) -> Iterator[Hit]:
    if "time.sleep" in code.names(node.func):
        yield Hit(
            node,
            f"`{code.text(node)}` stops every request of the process.",
            awaits=True,
            in_requests=True,
        )

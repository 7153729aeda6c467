"""`threading.local` is shared by all requests of an event loop.

## What it does

Finds objects of `threading.local`, and classes made from it.

## Why it matters

All requests of an event loop run in one thread. What one request keeps there, another reads: a
user's data may be shown to someone else.

## Example

```python
state = threading.local()
```

## Use instead

```python
state = contextvars.ContextVar("state")
```

## Known problems

Code that only runs in threads of its own is reported too.
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
    mechanical=False,
    instead="contextvars.ContextVar",
)


@RULE.check(ast.Call, names={"local"})
def made(node: ast.Call, code: Code) -> Iterator[Hit]:
    if code.names(node.func) & {"threading.local", "_thread._local"}:
        yield Hit(node, f"`{code.text(node)}` is one object for all requests of an event loop.")


@RULE.check(ast.ClassDef)
def inherited(node: ast.ClassDef, code: Code) -> Iterator[Hit]:
    for base in node.bases:
        if "threading.local" in code.names(base):
            yield Hit(base, f"Objects of `{node.name}` are one for all requests of an event loop.")

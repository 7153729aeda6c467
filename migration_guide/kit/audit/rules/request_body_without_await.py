"""The request's body has to be awaited.

## What it does

Finds `form`, `files`, `values`, `data`, `json` and `get_data()` of Flask's request that are not
awaited.

## Why it matters

In Quart they are awaitable: a body may arrive after the view has begun. Without `await` there is a
coroutine where the data is expected.

## Example

```python
name = request.form["name"]
```

## Use instead

```python
name = (await request.form)["name"]
```

## Known problems

None known.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit import known
from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.module import parent
from migration_guide.kit.audit.rules.base import Hit, Rule

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.BREAKING,
    phase=Phase.FRAMEWORK,
    mechanical=True,
    instead="await it: (await request.form)[...]",
)

NAMES = {"form", "files", "values", "data", "json", "stream", "get_data"}


@RULE.check(ast.Attribute, names=NAMES)
def not_awaited(node: ast.Attribute, code: Code) -> Iterator[Hit]:
    whole = parent(node) if node.attr == "get_data" else node
    if whole is None or code.is_awaited(whole) or not isinstance(node.ctx, ast.Load):
        return
    if code.instance_of(node.value, known.REQUEST, "quart.Request") is not None:
        yield Hit(node, f"`{code.text(node)}` has to be awaited in Quart.", awaits=True)

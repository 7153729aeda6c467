"""`request.get_json()` without `await` is always true.

## What it does

Finds `get_json()` of Flask's request that is not awaited.

## Why it matters

In Quart it is a coroutine function. `if request.get_json():` is then always true, and the request
is answered with 200; using the result as a dict fails.

## Example

```python
payload = request.get_json()
```

## Use instead

```python
payload = await request.get_json()
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
    severity=Severity.SILENT,
    phase=Phase.FRAMEWORK,
    mechanical=True,
    instead="await request.get_json()",
)


@RULE.check(ast.Call, names={"get_json"})
def not_awaited(node: ast.Call, code: Code) -> Iterator[Hit]:
    if not isinstance(node.func, ast.Attribute) or code.is_awaited(node):
        return
    if code.instance_of(node.func.value, known.REQUEST, "quart.Request") is not None:
        message = f"Without await, `{code.text(node)}` is a coroutine, which is always true."
        yield Hit(node, message, awaits=True)

"""A helper that makes a response has to be awaited.

## What it does

Finds `make_response`, `send_file` and `send_from_directory` of Flask that are not awaited.

## Why it matters

In Quart they are coroutine functions: without `await` the answer is a 500.

## Example

```python
response = make_response(body)
```

## Use instead

```python
response = await make_response(body)
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
    instead="await it",
)

NAMES = {"make_response", "send_file", "send_from_directory"}


@RULE.check(ast.Call, names=NAMES)
def not_awaited(node: ast.Call, code: Code) -> Iterator[Hit]:
    if code.is_awaited(node):
        return
    wanted = {f"{package}.{name}" for package in ("flask", "quart") for name in NAMES}
    is_method = isinstance(node.func, ast.Attribute) and code.instance_of(
        node.func.value, known.FLASK, "quart.Quart"
    )
    if is_method or code.names(node.func) & wanted:
        yield Hit(node, f"`{code.text(node.func)}()` has to be awaited in Quart.", awaits=True)

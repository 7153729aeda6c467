"""The test client's `data=` is no form in Quart.

## What it does

Finds requests of Flask's test client with a dict as `data`.

## Why it matters

Quart's client takes a form by `form=`. What is given as `data=` is sent as it is: the view sees an
empty form, and may well answer 200.

## Example

```python
client.post("/login", data={"name": "ann"})
```

## Use instead

```python
await client.post("/login", form={"name": "ann"})
```

## Known problems

A dict that is bound to a name elsewhere is followed, a function's result is not.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit import known
from migration_guide.kit.audit.code import Code, argument
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.rules.base import Hit, Rule

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.SILENT,
    phase=Phase.TESTS,
    mechanical=True,
    instead="form=",
)


@RULE.check(ast.Call, names={"post", "put", "patch", "delete", "open"})
def form(node: ast.Call, code: Code) -> Iterator[Hit]:
    if not isinstance(node.func, ast.Attribute):
        return
    given = argument(node, -1, "data")
    client = code.instance_of(node.func.value, known.CLIENT, "quart.testing.QuartClient")
    if given is None or client is None:
        return
    if any(value.name == "dict" for value in code.values(given)):
        message = "`data=` is not sent as a form by Quart's client."
        yield Hit(given, message, confidence=client.confidence)

"""The body of a test's response has to be awaited.

## What it does

Finds `data`, `json`, `get_data()` and `get_json()` of a response of Flask's test client.

## Why it matters

In Quart they are awaitable: a comparison with a coroutine is never true, and an index of it fails.

## Example

```python
assert client.get("/").json["id"] == 1
```

## Use instead

```python
response = await client.get("/")
assert (await response.get_json())["id"] == 1
```

## Known problems

A response whose client cannot be followed is not reported.
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
    phase=Phase.TESTS,
    mechanical=True,
    instead="await response.get_json(), await response.get_data()",
)


@RULE.check(ast.Attribute, names={"data", "json", "text", "get_data", "get_json"})
def not_awaited(node: ast.Attribute, code: Code) -> Iterator[Hit]:
    whole = parent(node) if node.attr.startswith("get_") else node
    if whole is None or code.is_awaited(whole):
        return
    response = code.instance_of(node.value, known.CLIENT_RESPONSE)
    if response is not None:
        message = f"`{code.text(node)}` has to be awaited in Quart."
        yield Hit(node, message, confidence=response.confidence, awaits=True)

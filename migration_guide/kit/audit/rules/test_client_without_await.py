"""The test client's requests have to be awaited.

## What it does

Finds requests of Flask's test client, or of WebTest's `TestApp`, that are not awaited.

## Why it matters

In Quart they are coroutines: without `await` there is no response.

## Example

```python
response = client.get("/orders")
```

## Use instead

```python
response = await client.get("/orders")
```

## Known problems

A client is told by its construction, by its fixture, or by its name together with what is done with
it in a test; the confidence is then `likely`.
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
    phase=Phase.TESTS,
    mechanical=True,
    instead="await it",
)

VERBS = {
    "get", "post", "put", "patch", "delete", "head", "options", "open",
    "post_json", "put_json", "patch_json", "delete_json",
}  # fmt: skip


@RULE.check(ast.Call, names=VERBS)
def not_awaited(node: ast.Call, code: Code) -> Iterator[Hit]:
    if not isinstance(node.func, ast.Attribute) or code.is_awaited(node):
        return
    client = code.instance_of(node.func.value, known.CLIENT, "quart.testing.QuartClient")
    if client is not None:
        message = f"`{code.text(node)}` has to be awaited in Quart."
        yield Hit(node, message, confidence=client.confidence, awaits=True)

"""A class is made from Flask's request, response, or test client.

## What it does

Finds subclasses of Flask's `Request`, `Response`, `FlaskClient` and `FlaskCliRunner`.

## Why it matters

The methods that read a body or send a request are coroutines in Quart, and so is what overrides
them. The client has another name there, `QuartClient`.

## Example

```python
class ShopRequest(flask.Request):
    def get_json(self, **options):
        return super().get_json(**options) or {}
```

## Use instead

```python
class ShopRequest(quart.Request):
    async def get_json(self, **options):
        return await super().get_json(**options) or {}
```

## Known problems

A class that only adds what needs no body has nothing to change but its base.
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
    mechanical=False,
    instead="Quart's class; async def for what reads or sends",
)

BASES = {
    known.REQUEST: "quart.Request",
    known.RESPONSE: "quart.Response",
    known.CLIENT: "quart.testing.QuartClient",
    "flask.testing.FlaskCliRunner": "quart.testing.QuartCliRunner",
}


@RULE.check(ast.ClassDef)
def inherited(node: ast.ClassDef, code: Code) -> Iterator[Hit]:
    for base in node.bases:
        for name in {known.canonical(one) for one in code.names(base)} & set(BASES):
            message = f"`{node.name}` is made from Flask's `{code.text(base)}`."
            yield Hit(node, message, f"{BASES[name]}; async def for what reads or sends")

"""Flask-RESTX does not run on Quart.

## What it does

Finds imports of Flask-RESTX.

## Why it matters

Its resources answer in plain methods, and it has no port.

## Example

```python
class Orders(Resource):
    def get(self): ...
```

## Use instead

```python
@blueprint.get("/orders")
async def orders(): ...
```

## Known problems

Each import is reported, not each use of what it imports.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.rules.base import Hit, Rule

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.BREAKING,
    phase=Phase.FRAMEWORK,
    mechanical=False,
    instead="views of Quart, with quart-schema",
    blocks=True,
)


@RULE.check(ast.Import, ast.ImportFrom, names={"flask_restx", "flask_restplus"})
def imported(node: ast.Import | ast.ImportFrom, code: Code) -> Iterator[Hit]:
    yield Hit(node, f"`{code.text(node)}`: Flask-RESTX does not run on Quart.")

"""Flask-Smorest does not run on Quart.

## What it does

Finds imports of Flask-Smorest.

## Why it matters

Its views are plain, and it has no port.

## Example

```python
@blueprint.response(200, OrderSchema)
def order(): ...
```

## Use instead

```python
@validate_response(Order)
async def order(): ...
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


@RULE.check(ast.Import, ast.ImportFrom, names={"flask_smorest"})
def imported(node: ast.Import | ast.ImportFrom, code: Code) -> Iterator[Hit]:
    yield Hit(node, f"`{code.text(node)}`: Flask-Smorest does not run on Quart.")

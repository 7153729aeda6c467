"""Flask-JWT-Extended does not run on Quart.

## What it does

Finds imports of Flask-JWT-Extended.

## Why it matters

Its decorators call views as plain functions. The port for Quart is no longer kept.

## Example

```python
@jwt_required()
def orders(): ...
```

## Use instead

```python
# PyJWT, in a before_request function of your own
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
    instead="PyJWT in a decorator of your own",
)


@RULE.check(ast.Import, ast.ImportFrom, names={"flask_jwt_extended"})
def imported(node: ast.Import | ast.ImportFrom, code: Code) -> Iterator[Hit]:
    yield Hit(node, f"`{code.text(node)}`: Flask-JWT-Extended does not run on Quart.")

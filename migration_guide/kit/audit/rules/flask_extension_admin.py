"""Flask-Admin does not run on Quart.

## What it does

Finds imports of Flask-Admin.

## Why it matters

It is a Flask application of its own, with synchronous sessions, and it has no port.

## Example

```python
Admin(app)
```

## Use instead

```python
# the Flask application beside the Quart one, behind hypercorn's AsyncioWSGIMiddleware
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
    instead="keep it as a Flask application beside",
    blocks=True,
)


@RULE.check(ast.Import, ast.ImportFrom, names={"flask_admin"})
def imported(node: ast.Import | ast.ImportFrom, code: Code) -> Iterator[Hit]:
    yield Hit(node, f"`{code.text(node)}`: Flask-Admin does not run on Quart.")

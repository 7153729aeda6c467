"""Flask-Migrate does not run on Quart.

## What it does

Finds imports of Flask-Migrate.

## Why it matters

Its commands are Flask's. Alembic, which it uses, needs neither: its template `async` has an
`env.py` for an asynchronous engine. The history of revisions stays as it is.

## Example

```python
Migrate(app, db)
```

## Use instead

```python
# alembic init --template async migrations
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
    instead="alembic, with its template async",
)


@RULE.check(ast.Import, ast.ImportFrom, names={"flask_migrate"})
def imported(node: ast.Import | ast.ImportFrom, code: Code) -> Iterator[Hit]:
    yield Hit(node, f"`{code.text(node)}`: Flask-Migrate does not run on Quart.")

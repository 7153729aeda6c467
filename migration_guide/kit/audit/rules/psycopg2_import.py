"""psycopg2 is imported.

## What it does

Finds imports of `psycopg2` and of its modules.

## Why it matters

psycopg2 blocks the thread that calls it, which in an event loop is everyone's. What it is used for
needs another way: a query goes through the session, an error is told by its `sqlstate`, a type by
SQLAlchemy.

## Example

```python
from psycopg2.extras import Json
```

## Use instead

```python
from sqlalchemy.dialects.postgresql import JSONB
```

## Known problems

A script that stays synchronous may keep it.
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
    phase=Phase.DATABASE,
    mechanical=False,
    instead="SQLAlchemy's session and types; sqlstate for errors",
)


@RULE.check(ast.Import, ast.ImportFrom, names={"psycopg2"})
def imported(node: ast.Import | ast.ImportFrom, code: Code) -> Iterator[Hit]:
    yield Hit(node, f"`{code.text(node)}`: asyncpg takes its place.")

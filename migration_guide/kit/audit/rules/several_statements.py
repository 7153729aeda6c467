"""Several statements are sent as one.

## What it does

Finds SQL with a semicolon between two statements, in `text()`, in `execute()` and in migrations.

## Why it matters

SQLAlchemy's dialect for asyncpg prepares each statement, and the server prepares one at a time:
"cannot insert multiple commands into a prepared statement".

## Example

```python
connection.execute(text("CREATE EXTENSION citext; CREATE EXTENSION hstore"))
```

## Use instead

```python
for statement in ("CREATE EXTENSION citext", "CREATE EXTENSION hstore"):
    await connection.execute(text(statement))
```

## Known problems

Statements that are read from a file are not seen. Migrations that stay on psycopg2 may keep theirs.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Confidence, Phase, Severity
from migration_guide.kit.audit.rules.base import Hit, Rule
from migration_guide.kit.audit.strings import GAP, SQL_CALLS, sql

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.BREAKING,
    phase=Phase.SQL,
    mechanical=True,
    instead="execute them one by one",
)


@RULE.check(ast.Call, names=SQL_CALLS)
def several(node: ast.Call, code: Code) -> Iterator[Hit]:
    for one in sql(node, code):
        statements = [part for part in one.text.split(";") if part.replace(GAP, "").strip()]
        if len(statements) > 1:
            in_migration = "alembic.op.execute" in code.names(node.func)
            yield Hit(
                node,
                f"{len(statements)} statements in one string: asyncpg refuses them.",
                confidence=Confidence.LIKELY if in_migration else Confidence.CERTAIN,
            )

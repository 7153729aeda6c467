"""SQL for the driver itself has psycopg2's placeholders.

## What it does

Finds `%s` and `%(name)s` in the SQL that is given to `exec_driver_sql`, or to a cursor of the
connection under SQLAlchemy's, as listeners to its events use it.

## Why it matters

Both give the text to the driver as it is. asyncpg's placeholders are `$1`, `$2`; `%s`
is a syntax error to the server.

## Example

```python
connection.exec_driver_sql("SELECT * FROM orders WHERE id = %s", (order_id,))
```

## Use instead

```python
await connection.execute(text("SELECT * FROM orders WHERE id = :id"), {"id": order_id})
```

## Known problems

A cursor that is passed to another function is not followed.
"""

import ast
import re
from collections.abc import Iterator

from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.driver import is_cursor
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.rules.base import Hit, Rule
from migration_guide.kit.audit.strings import literal

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.BREAKING,
    phase=Phase.SQL,
    mechanical=True,
    instead="text() with :names",
)

PLACEHOLDER = re.compile(r"(?<!%)%(?:s|\(\w+\)s)")


@RULE.check(ast.Call, names={"exec_driver_sql", "execute", "executemany"})
def given(node: ast.Call, code: Code) -> Iterator[Hit]:
    if not isinstance(node.func, ast.Attribute):
        return
    if node.func.attr != "exec_driver_sql" and not is_cursor(node.func.value, code):
        return
    written = literal(node.args[0], code) if node.args else None
    found = PLACEHOLDER.search(written) if written is not None else None
    if found is not None:
        yield Hit(node, f"`{found.group()}` is psycopg2's placeholder; asyncpg has `$1`.")

"""A parameter stands where only SQL text may stand.

## What it does

Finds in `text()` a parameter after `IN`, `VALUES`, `INTERVAL`, `DATE` and the like, and in `SET`,
`NOTIFY` and `ALTER ROLE … PASSWORD`.

## Why it matters

psycopg2 writes parameters into the text of the statement: a tuple becomes `(1, 2)`, a string
`'1 day'`. asyncpg sends them beside it, and the server takes a parameter only where it takes an
expression: elsewhere it is a syntax error.

## Example

```python
session.execute(text("SELECT * FROM orders WHERE id IN :ids"), {"ids": tuple(ids)})
session.execute(text("SET LOCAL statement_timeout = :limit"), {"limit": 5000})
session.execute(text("SELECT now() - INTERVAL :age"), {"age": "1 day"})
```

## Use instead

```python
await session.execute(text("SELECT * FROM orders WHERE id = ANY(:ids)"), {"ids": list(ids)})
await session.execute(text("SELECT set_config('statement_timeout', :ms, true)"), {"ms": "5000"})
await session.execute(text("SELECT now() - CAST(:age AS interval)"), {"age": timedelta(days=1)})
```

## Known problems

SQL is looked at as text; one that is put together in several steps is not.
"""

import ast
import re
from collections.abc import Iterator

from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.rules.base import Hit, Rule
from migration_guide.kit.audit.strings import SQL_CALLS, sql

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.BREAKING,
    phase=Phase.SQL,
    mechanical=False,
    instead="= ANY(:list) or an expanding bindparam; CAST(:p AS type); set_config(); pg_notify()",
)

PLACES = (
    re.compile(r"\b(?P<before>IN|VALUES)\s+:(?P<name>\w+)", re.IGNORECASE),
    re.compile(
        r"(?<!AS )\b(?P<before>INTERVAL|DATE|TIME|TIMESTAMP|TIMESTAMPTZ|JSONB?)\s+:(?P<name>\w+)",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?:^|;)\s*(?P<before>SET)\s+(?:(?:LOCAL|SESSION)\s+)?[\w.{}]+\s*(?:=|\bTO\b)\s*:(?P<name>\w+)",
        re.IGNORECASE,
    ),
    re.compile(r"(?:^|;)\s*(?P<before>NOTIFY)\s+[\w{}]+\s*,\s*:(?P<name>\w+)", re.IGNORECASE),
    re.compile(
        r"(?:^|;)\s*(?P<before>(?:CREATE|ALTER)\s+(?:ROLE|USER))\b.*?\bPASSWORD\s+:(?P<name>\w+)",
        re.IGNORECASE | re.DOTALL,
    ),
)


@RULE.check(ast.Call, names=SQL_CALLS)
def given(node: ast.Call, code: Code) -> Iterator[Hit]:
    for one in sql(node, code):
        for place in PLACES:
            for found in place.finditer(one.text):
                if found["name"] in one.typed:
                    continue
                message = (
                    f"`{found['before'].upper()} … :{found['name']}`: the server takes no "
                    "parameter there; psycopg2 writes its value into the text."
                )
                yield Hit(one.node, message)

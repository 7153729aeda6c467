"""The driver's own connection or cursor is used.

## What it does

Finds `engine.raw_connection()`, `.cursor()` on the connection under SQLAlchemy's, psycopg2's
`copy_expert`, `copy_from` and `copy_to`, and `execute_values` and `execute_batch`.

## Why it matters

Under SQLAlchemy's connection is another object after the move. What it shows as a cursor
understands neither `%s` nor COPY, and `raw_connection()` of an asynchronous engine is a coroutine.

## Example

```python
with engine.raw_connection().cursor() as cursor:
    cursor.copy_expert("COPY orders FROM STDIN", file)
```

## Use instead

```python
async with engine.connect() as connection:
    raw = await connection.get_raw_connection()
    await raw.driver_connection.copy_to_table("orders", source=file)
```

## Known problems

A cursor that is passed to another function is found where it is made, and where it copies.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit import known
from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.driver import is_under_a_connection
from migration_guide.kit.audit.finding import Confidence, Phase, Severity
from migration_guide.kit.audit.project import terminal
from migration_guide.kit.audit.rules.base import Hit, Rule

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.BREAKING,
    phase=Phase.SQL,
    mechanical=False,
    instead="session.execute; insert() with a list of rows; asyncpg's copy_… for COPY",
)

CURSORS = {"cur", "curs", "cursor"}
BATCHES = {"execute_values", "execute_batch"}


@RULE.check(ast.Call, names={"raw_connection"})
def raw_connection(node: ast.Call, code: Code) -> Iterator[Hit]:
    if isinstance(node.func, ast.Attribute):
        owner = code.instance_of(node.func.value, known.ENGINE)
        if owner is not None:
            yield Hit(node, f"`{code.text(node)}` gives psycopg2's connection.")


@RULE.check(ast.Call, names={"cursor"})
def cursor(node: ast.Call, code: Code) -> Iterator[Hit]:
    held = node.func.value if isinstance(node.func, ast.Attribute) else None
    if held is not None and is_under_a_connection(held, code):
        yield Hit(node, f"`{code.text(node)}` gives psycopg2's cursor.")


@RULE.check(ast.Call, names={"copy_expert", "copy_from", "copy_to"})
def copied(node: ast.Call, _: Code) -> Iterator[Hit]:
    if isinstance(node.func, ast.Attribute) and _is_psycopg2s(node.func):
        yield Hit(
            node,
            f"`{node.func.attr}` is a method of psycopg2's cursor.",
            confidence=Confidence.LIKELY,
        )


def _is_psycopg2s(function: ast.Attribute) -> bool:
    """Whether the cursor may be psycopg2's: `copy_expert` exists there alone."""
    holder = terminal(function.value)
    return function.attr == "copy_expert" or holder in CURSORS or holder.endswith("_cursor")


@RULE.check(ast.Call, names=BATCHES)
def batched(node: ast.Call, code: Code) -> Iterator[Hit]:
    if code.names(node.func) & {f"psycopg2.extras.{name}" for name in BATCHES}:
        yield Hit(node, f"`{code.text(node.func)}` needs psycopg2's cursor.")

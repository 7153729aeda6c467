"""SQL is executed as a plain string.

## What it does

Finds strings that are given to `execute()`, `scalar()` and `scalars()` of a session or a
connection, and `engine.execute()`.

## Why it matters

SQLAlchemy 2 refuses a plain string, "should be explicitly declared as text(…)", and its engines do
not execute. The asynchronous session is SQLAlchemy 2's.

## Example

```python
db.session.execute("SELECT 1")
db.engine.execute(statement)
```

## Use instead

```python
db.session.execute(text("SELECT 1"))
with db.engine.begin() as connection:
    connection.execute(statement)
```

## Known problems

A string that is put together elsewhere is not seen.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit import known
from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.rules.base import Hit, Rule
from migration_guide.kit.audit.strings import literal

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.BREAKING,
    phase=Phase.SYNC_FIRST,
    mechanical=True,
    instead="text()",
)


@RULE.check(ast.Call, names={"execute", "scalar", "scalars"})
def executed(node: ast.Call, code: Code) -> Iterator[Hit]:
    if not isinstance(node.func, ast.Attribute) or not node.args:
        return
    owner = node.func.value
    if code.instance_of(owner, known.ENGINE) is not None:
        message = f"`{code.text(node.func)}()`: an engine of SQLAlchemy 2 does not execute."
        yield Hit(node, message, instead="connection.execute, in `with engine.begin()`")
    elif code.session(owner) is None and code.instance_of(owner, known.CONNECTION) is None:
        return
    elif literal(node.args[0], code) is not None:
        yield Hit(
            node, f"`{code.text(node.args[0])}` is a plain string, which SQLAlchemy 2 refuses."
        )

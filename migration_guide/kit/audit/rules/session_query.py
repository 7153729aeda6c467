"""`session.query()` does not exist on AsyncSession.

## What it does

Finds `query()` on a database session: on `db.session`, a `scoped_session`, a `Session`, and on
sessions that are passed as parameters or kept as attributes.

## Why it matters

`AsyncSession` has no `query()`. `select()` works on both sides of the move, so that this can be
changed, tested and released while the application is still on Flask.

## Example

```python
users = db.session.query(User).filter_by(active=True).all()
```

## Use instead

```python
users = (await session.scalars(select(User).filter_by(active=True))).all()
```

## Known problems

A session whose origin cannot be followed is told by its name together with what is done with it;
the confidence is then `likely`.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.queries import is_run
from migration_guide.kit.audit.rules.base import Hit, Rule

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.BREAKING,
    phase=Phase.SYNC_FIRST,
    mechanical=True,
    instead="select(Model), run by session.scalars() or session.scalar()",
)


BULK = {"bulk_save_objects", "bulk_insert_mappings", "bulk_update_mappings"}


@RULE.check(ast.Call, names={"query"} | BULK)
def query_of_a_session(node: ast.Call, code: Code) -> Iterator[Hit]:
    if not isinstance(node.func, ast.Attribute):
        return
    session = code.session(node.func.value)
    if session is not None and not code.in_run_sync(node):
        yield Hit(
            node,
            f"`{code.text(node.func)}()` does not exist on AsyncSession.",
            "session.add_all(), or execute(insert(Model), rows)" if node.func.attr in BULK else "",
            confidence=session.confidence,
            awaits=node.func.attr in BULK or is_run(node, code.module),
        )

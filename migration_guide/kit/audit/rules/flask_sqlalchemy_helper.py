"""A helper of Flask-SQLAlchemy's object has no twin in SQLAlchemy.

## What it does

Finds `db.paginate`, `db.get_or_404`, `db.first_or_404` and `db.one_or_404`, and `db.create_all`,
`db.drop_all` and `db.reflect`.

## Why it matters

They go with Flask-SQLAlchemy. All of them ask the database, so that what takes their place is
awaited.

## Example

```python
order = db.get_or_404(Order, order_id)
db.create_all()
```

## Use instead

```python
order = await session.get(Order, order_id)
if order is None:
    raise NotFound
async with engine.begin() as connection:
    await connection.run_sync(Base.metadata.create_all)
```

## Known problems

The same helpers of a Query, such as `Order.query.get_or_404()`, are part of what `model-query`
reports.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit import known
from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.rules.base import Hit, Rule

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.BREAKING,
    phase=Phase.PLAIN_SQLALCHEMY,
    mechanical=False,
    instead="a few lines of your own around a select()",
)

HELPERS = {"paginate", "get_or_404", "first_or_404", "one_or_404"}
METADATA = {"create_all", "drop_all", "reflect"}


@RULE.check(ast.Call, names=HELPERS | METADATA)
def helper(node: ast.Call, code: Code) -> Iterator[Hit]:
    if not isinstance(node.func, ast.Attribute):
        return
    owner = code.instance_of(node.func.value, known.DB)
    if owner is not None:
        yield Hit(
            node,
            f"`{code.text(node.func)}()` is Flask-SQLAlchemy's own.",
            "connection.run_sync(Base.metadata...)" if node.func.attr in METADATA else "",
            confidence=owner.confidence,
            awaits=True,
        )

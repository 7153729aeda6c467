"""`Model.query` builds a Query, which AsyncSession does not have.

## What it does

Finds `query` on a mapped class: Flask-SQLAlchemy's attribute, or that of
`scoped_session.query_property()`. The name is followed, so that `query` on something else is not
reported.

## Why it matters

`AsyncSession` has no `query()`, and Flask-SQLAlchemy, which gives models their `query`, does not
run on Quart. `select()` works on both sides of the move: it can be written, tested and released
while the application is still on Flask.

## Example

```python
order = Order.query.filter_by(id=order_id).first()
```

## Use instead

```python
order = await session.scalar(select(Order).filter_by(id=order_id))
```

## Known problems

A query that is built in one function and run in another is reported where it begins; where it is
run, `query-execution` reports it.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit import known
from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.queries import is_run
from migration_guide.kit.audit.rules.base import Hit, Rule
from migration_guide.kit.audit.values import Kind

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.BREAKING,
    phase=Phase.SYNC_FIRST,
    mechanical=True,
    instead="select(Model), run by session.scalars() or session.scalar()",
)


@RULE.check(ast.Attribute, names={"query"})
def query_of_a_model(node: ast.Attribute, code: Code) -> Iterator[Hit]:
    for value in code.values(node.value):
        if value.kind not in {Kind.CLASS, Kind.INSTANCE} or not code.models.is_model(value.name):
            continue
        if not code.models.has_query(value.name) and not code.instance_of(node, known.QUERY):
            continue
        yield Hit(
            node,
            f"`{code.text(node)}` builds a Query, which AsyncSession does not have.",
            confidence=value.confidence,
            awaits=is_run(node, code.module),
        )
        return

"""A helper has to become a coroutine function.

## What it does

Finds functions that await something after the move, or call one that does: by following calls
through the whole tree, also of functions that are kept in tables, passed on or decorated. Methods
that override each other become asynchronous together, since callers await all or none. Views and
tests have rules of their own, and so have properties.

## Why it matters

`await` stands only in `async def`. What calls such a function has to await it in turn.

## Example

```python
def find_order(order_id):
    return Order.query.get(order_id)
```

## Use instead

```python
async def find_order(session, order_id):
    return await session.get(Order, order_id)
```

## Known problems

A function that is handed to a library, which calls it, is not followed. The tasks of a queue, such
as Celery's, stay synchronous with an engine of their own.
"""

from collections.abc import Iterator

from migration_guide.kit.audit.finding import Phase, Place, Severity
from migration_guide.kit.audit.graph import Graph
from migration_guide.kit.audit.roles import Role
from migration_guide.kit.audit.rules.base import Hit, Rule

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.BREAKING,
    phase=Phase.DATABASE,
    mechanical=True,
    instead="async def",
)


@RULE.check_graph
def helpers(graph: Graph) -> Iterator[tuple[Place, Hit]]:
    for node, reason in graph.still_plain(Role.PLAIN):
        message = f"`{node.simple_name}` has to await, at line {reason.place.line}."
        if reason.kin:
            kin = ".".join(reason.kin.split(".")[-2:])
            how = "by way of" if reason.kin in node.wrappers else "as"
            message = f"`{node.simple_name}` is called {how} `{kin}`, which has to await."
        yield node.place, Hit(0, message, confidence=reason.confidence, related=(reason.place,))

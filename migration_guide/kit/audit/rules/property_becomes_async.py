"""A property or special method would have to await.

## What it does

Finds properties, special methods such as `__repr__`, and functions that templates call, in which
something has to be awaited after the move.

## Why it matters

None of them can be a coroutine function and stay what it is: the use of a property would give a
coroutine.

## Example

```python
@property
def total(self):
    return Line.query.filter_by(order_id=self.id).count()
```

## Use instead

```python
async def total(session, order):
    return await session.scalar(select(func.count()).where(Line.order_id == order.id))
```

## Known problems

A template can await in Quart; a filter in it cannot.
"""

from collections.abc import Iterator

from migration_guide.kit.audit.finding import Phase, Place, Severity
from migration_guide.kit.audit.graph import Graph, Use
from migration_guide.kit.audit.roles import Role
from migration_guide.kit.audit.rules.base import Hit, Rule
from migration_guide.kit.audit.values import weakest

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.BREAKING,
    phase=Phase.ORM,
    mechanical=False,
    instead="a coroutine function, or load the data before",
)


INSTEAD = {
    "__enter__": "async def __aenter__, and async with",
    "__exit__": "async def __aexit__, and async with",
    "__iter__": "async def __aiter__, and async for",
    "__call__": "async def __call__, and await where it is called",
}


@RULE.check_graph
def properties(graph: Graph) -> Iterator[tuple[Place, Hit]]:
    for node, reason in graph.still_plain(Role.PROPERTY, Role.SPECIAL, Role.RENDERING):
        message = (
            f"`{node.simple_name}`, a {node.role.value}, has to await, at line {reason.place.line}."
        )
        instead = INSTEAD.get(node.simple_name, "")
        yield (
            node.place,
            Hit(0, message, instead, confidence=reason.confidence, related=(reason.place,)),
        )


@RULE.check_graph
def uses(graph: Graph) -> Iterator[tuple[Place, Hit]]:
    for edge in graph.calls_to_await():
        if edge.use is Use.PROPERTY:
            reason = graph.becoming[edge.callee]
            message = f"`{edge.text}` is a property that has to await, at line {reason.place.line}."
            confidence = weakest(edge.confidence, reason.confidence)
            instead = "await it as a coroutine function, or load the data before"
            related = (graph.nodes[edge.callee].place,)
            yield edge.place, Hit(0, message, instead, confidence=confidence, related=related)

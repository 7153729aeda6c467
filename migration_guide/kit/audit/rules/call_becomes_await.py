"""A function that becomes asynchronous is called here.

## What it does

Finds calls of functions of the tree that have to become coroutine functions; loops over generators
and `with` of objects that do.

## Why it matters

The call gives a coroutine then. Where its result is used, that fails; where it is thrown away, the
function does not run, and nothing fails.

## Example

```python
order = find_order(order_id)
```

## Use instead

```python
order = await find_order(session, order_id)
```

## Known problems

A call whose target cannot be followed is not reported.
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
    phase=Phase.DATABASE,
    mechanical=True,
    instead="await the call",
)


@RULE.check_graph
def calls(graph: Graph) -> Iterator[tuple[Place, Hit]]:
    seen: set[Place] = set()
    for edge in graph.calls_to_await():
        callee = graph.nodes[edge.callee]
        if (
            callee.role in {Role.TEST, Role.FIXTURE}
            or edge.use in {Use.PROPERTY, Use.SIGNAL}
            or edge.place in seen
        ):
            continue
        seen.add(edge.place)
        simple = edge.callee.rpartition(".")[2]
        message = f"`{edge.text}` has to be awaited: `{simple}` becomes asynchronous."
        if edge.use is not Use.CALL and (callee.is_generator or callee.role is Role.SPECIAL):
            message = f"`{edge.text}` needs `{edge.use.value}`: `{simple}` becomes asynchronous."
        instead = ""
        if simple == "__init__":
            message = f"`{edge.text}` cannot be awaited, and its `__init__` has to await."
            instead = "a function that awaits, and then makes the object"
        confidence = weakest(edge.confidence, graph.becoming[edge.callee].confidence)
        yield edge.place, Hit(0, message, instead, confidence=confidence, related=(callee.place,))

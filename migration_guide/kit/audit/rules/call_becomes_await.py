"""A function that becomes asynchronous is called here.

## What it does

Finds calls of functions of the tree that have to become coroutine functions.

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

from migration_guide.kit.audit.finding import Confidence, Phase, Place, Severity
from migration_guide.kit.audit.graph import Graph
from migration_guide.kit.audit.roles import Role
from migration_guide.kit.audit.rules.base import Hit, Rule

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
    for edge in graph.calls_to_await():
        callee = graph.nodes[edge.callee]
        if callee.role in {Role.TEST, Role.FIXTURE} or edge.is_property:
            continue
        simple = edge.callee.rpartition(".")[2]
        message = f"`{edge.text}` has to be awaited: `{simple}` becomes asynchronous."
        confidence = max(
            edge.confidence, graph.becoming[edge.callee].confidence, key=list(Confidence).index
        )
        yield edge.place, Hit(0, message, confidence=confidence, related=(callee.place,))

"""A signal is sent to a receiver that becomes asynchronous.

## What it does

Finds `send()` of a signal of blinker's whose receivers, anywhere in the tree, have to become
coroutine functions.

## Why it matters

`send()` calls its receivers and awaits nothing. To a coroutine function it raises "Cannot send to a
coroutine function". The signals that Quart itself sends take receivers of both kinds.

## Example

```python
order_placed.send(current_app, order=order)
```

## Use instead

```python
await order_placed.send_async(current_app, order=order)
```

## Known problems

Signals are told apart by the last name under which they are used. `send_async` calls plain
receivers too only if it is given `_sync_wrapper`.
"""

from collections.abc import Iterator

from migration_guide.kit.audit.finding import Phase, Place, Severity
from migration_guide.kit.audit.graph import Graph, Use
from migration_guide.kit.audit.rules.base import Hit, Rule

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.BREAKING,
    phase=Phase.FRAMEWORK,
    mechanical=True,
    instead="await signal.send_async()",
)


@RULE.check_graph
def sent(graph: Graph) -> Iterator[tuple[Place, Hit]]:
    seen: set[Place] = set()
    for edge in graph.calls_to_await():
        if edge.use is not Use.SIGNAL or edge.place in seen:
            continue
        seen.add(edge.place)
        receiver = graph.nodes[edge.callee]
        message = (
            f"`{edge.text}` fails: its receiver `{receiver.simple_name}` becomes asynchronous."
        )
        yield edge.place, Hit(0, message, confidence=edge.confidence, related=(receiver.place,))

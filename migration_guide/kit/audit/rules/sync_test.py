"""A test or fixture has to become a coroutine function.

## What it does

Finds tests and fixtures that await something after the move, or call what does.

## Why it matters

Quart's test client and the session are asynchronous. pytest-asyncio runs coroutine functions as
tests; `unittest.IsolatedAsyncioTestCase` does for unittest.

## Example

```python
def test_orders(client):
    assert client.get("/orders").status_code == 200
```

## Use instead

```python
async def test_orders(client):
    assert (await client.get("/orders")).status_code == 200
```

## Known problems

None known.
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
    phase=Phase.TESTS,
    mechanical=True,
    instead="async def",
)


@RULE.check_graph
def tests(graph: Graph) -> Iterator[tuple[Place, Hit]]:
    for node, reason in graph.still_plain(Role.TEST, Role.FIXTURE):
        message = f"`{node.simple_name}` has to await, at line {reason.place.line}."
        yield node.place, Hit(0, message, confidence=reason.confidence, related=(reason.place,))

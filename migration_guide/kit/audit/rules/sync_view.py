"""A view is a plain function; on Quart it is a coroutine function.

## What it does

Finds views, hooks such as `before_request`, and error handlers that are written with `def`: by
their decorators, by `add_url_rule`, and as methods of view classes. Where nothing in them has to be
awaited, it is advice.

## Why it matters

Quart runs a plain view in a thread, with a copy of the context. There it cannot await anything, and
it must not touch an `AsyncSession`.

## Example

```python
@blueprint.get("/orders")
def list_orders():
    return jsonify(orders())
```

## Use instead

```python
@blueprint.get("/orders")
async def list_orders():
    return jsonify(await orders())
```

## Known problems

A view that is registered by a function of the application's own, and not by one of Flask's, is not
seen as a view; what has to be awaited in it is reported by `function-becomes-async`.
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
    phase=Phase.FRAMEWORK,
    mechanical=True,
    instead="async def",
)


@RULE.check_graph
def views(graph: Graph) -> Iterator[tuple[Place, Hit]]:
    for node in graph.nodes.values():
        if node.is_async or node.role not in {Role.VIEW, Role.HOOK}:
            continue
        name = node.name.rpartition(".")[2]
        reason = graph.becoming.get(node.name)
        if reason is None:
            message = f"`{name}` awaits nothing: Quart would run it in a thread."
            yield node.place, Hit(node.place.line, message, severity=Severity.ADVICE)
        else:
            message = f"`{name}` is plain, and has to await, at line {reason.place.line}."
            yield node.place, Hit(node.place.line, message, related=(reason.place,))

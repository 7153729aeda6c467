"""A command would become `async def`, and then does nothing.

## What it does

Finds commands of `app.cli`, of click and of Flask-Script in which something has to be awaited after
the move, and those that are `async def` already.

## Why it matters

A command is called by click, which awaits nothing: one that is `async def` ends with exit code 0
and has done nothing. Quart is no exception.

## Example

```python
@app.cli.command()
def create_tables():
    db.create_all()
```

## Use instead

```python
@app.cli.command()
def create_tables():
    asyncio.run(_create_tables())


async def _create_tables():
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    await engine.dispose()
```

## Known problems

A decorator of the application's own that runs the coroutine is not recognised.
"""

from collections.abc import Iterator

from migration_guide.kit.audit.finding import Phase, Place, Severity
from migration_guide.kit.audit.graph import Graph
from migration_guide.kit.audit.roles import Role
from migration_guide.kit.audit.rules.base import Hit, Rule

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.SILENT,
    phase=Phase.FRAMEWORK,
    mechanical=True,
    instead="a plain command that gives its coroutine to asyncio.run()",
)


@RULE.check_graph
def commands(graph: Graph) -> Iterator[tuple[Place, Hit]]:
    for node in graph.nodes.values():
        if node.role is not Role.COMMAND:
            continue
        if node.is_async:
            message = f"`{node.simple_name}` is `async def`: click calls it and awaits nothing."
            yield node.place, Hit(0, message)
        elif reason := graph.becoming.get(node.name):
            message = (
                f"`{node.simple_name}` has to await, at line {reason.place.line}; as `async def` it"
                " would do nothing."
            )
            yield (
                node.place,
                Hit(0, message, confidence=reason.confidence, related=(reason.place,)),
            )

"""What is cached of a function that becomes asynchronous is its coroutine.

## What it does

Finds `functools.lru_cache` and `cache`, `cachetools.cached`, and `cached` and `memoize` of
Flask-Caching on functions that have to become coroutine functions.

## Why it matters

The call of a coroutine function gives a coroutine, and that is kept, not what it returns. The first
`await` gives the result; the second raises "cannot reuse already awaited coroutine". A test that
calls it once passes. A cache outside the process cannot keep a coroutine at all.

## Example

```python
@lru_cache
def country(code):
    return Country.query.filter_by(code=code).one()
```

## Use instead

```python
countries: dict[str, Country] = {}


async def country(session, code):
    if code not in countries:
        countries[code] = await session.scalar(select(Country).where(Country.code == code))
    return countries[code]
```

## Known problems

Decorators of other caches are not known. An object of the ORM that is kept beyond its session can
load nothing any more, on either stack.
"""

from collections.abc import Iterator

from migration_guide.kit.audit.finding import Phase, Place, Severity
from migration_guide.kit.audit.graph import Graph
from migration_guide.kit.audit.rules.base import Hit, Rule

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.SILENT,
    phase=Phase.FRAMEWORK,
    mechanical=False,
    instead="keep the awaited result, or a cache that is made for coroutines",
)


@RULE.check_graph
def cached(graph: Graph) -> Iterator[tuple[Place, Hit]]:
    for node in graph.nodes.values():
        reason = graph.becoming.get(node.name)
        if node.cache is not None and reason is not None:
            message = f"Of `{node.simple_name}`, which has to await, the coroutine would be kept."
            yield (
                node.cache,
                Hit(0, message, confidence=reason.confidence, related=(reason.place,)),
            )

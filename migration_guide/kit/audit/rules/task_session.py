"""A task of a queue uses the application's session.

## What it does

Finds, in tasks of Celery, RQ and the like, calls of a session's methods that are coroutines after
the move, and calls of functions that become asynchronous because requests use them too.

## Why it matters

A queue's worker is no event loop: its tasks stay plain functions. The application's session becomes
an asynchronous one, and a coroutine that a plain function calls does nothing.

## Example

```python
@celery.task
def expire_orders():
    db.session.execute(delete(Order).where(Order.expires_at < func.now()))
    db.session.commit()
```

## Use instead

```python
Session = sessionmaker(create_engine(url, pool_pre_ping=True, pool_recycle=300))


@celery.task
def expire_orders():
    with Session.begin() as session:
        session.execute(delete(Order).where(Order.expires_at < func.now()))
```

## Known problems

What only tasks use is told to become asynchronous by other rules, if it lies in a function of its
own; it may stay as it is, with the tasks' session.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit import known
from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Place, Severity
from migration_guide.kit.audit.graph import Graph
from migration_guide.kit.audit.roles import STAY_SYNC
from migration_guide.kit.audit.rules.base import Hit, Rule

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.SILENT,
    phase=Phase.DATABASE,
    mechanical=False,
    instead="a sessionmaker of the worker's own, on a synchronous engine",
)


@RULE.check(ast.Call, names=set(known.SESSION_AWAITABLE))
def used(node: ast.Call, code: Code) -> Iterator[Hit]:
    if not isinstance(node.func, ast.Attribute):
        return
    session = code.session(node.func.value)
    if session is None or session.name in known.ASYNC_SESSIONS:
        return
    if code.stays_sync(node):
        message = f"`{code.text(node)}` is in a queue's task, which has to stay synchronous."
        yield Hit(node, message, confidence=session.confidence)


@RULE.check_graph
def called(graph: Graph) -> Iterator[tuple[Place, Hit]]:
    for edge in graph.edges:
        caller = graph.nodes.get(edge.caller)
        if caller is None or caller.role not in STAY_SYNC or edge.is_awaited:
            continue
        callee = graph.nodes.get(edge.callee)
        is_shared = edge.callee in graph.in_requests and edge.callee in graph.becoming
        if callee is not None and is_shared and not (callee.is_generator or callee.is_async):
            message = (
                f"`{edge.text}` does nothing in a task once `{callee.simple_name}` is asynchronous."
            )
            yield edge.place, Hit(0, message, confidence=edge.confidence)

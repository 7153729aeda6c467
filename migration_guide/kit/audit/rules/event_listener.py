"""A listener is put on an engine or a session, which becomes an asynchronous one.

## What it does

Finds `event.listen()` and `listens_for()` whose target is an engine, a session or a factory of
sessions, and the signals of Flask-SQLAlchemy's `track_modifications`. Targets that are classes,
such as `Engine` or a model, stay as they are.

## Why it matters

SQLAlchemy refuses listeners on an `AsyncEngine` or an `AsyncSession`: "asynchronous events are not
implemented". They go on its synchronous half. Flask-SQLAlchemy's signals go with it.

## Example

```python
@event.listens_for(db.engine, "connect")
def set_timezone(connection, record): ...
```

## Use instead

```python
@event.listens_for(engine.sync_engine, "connect")
def set_timezone(connection, record): ...
```

## Known problems

Whether a listener itself asks the database is not looked at: on a session it may, by the connection
that it is given; it cannot await.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit import known
from migration_guide.kit.audit.code import Code, argument
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.rules.base import Hit, Rule

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.BREAKING,
    phase=Phase.DATABASE,
    mechanical=True,
    instead="listen on engine.sync_engine, or on the Session class that the factory is given as"
    " sync_session_class",
)

LISTEN = frozenset({"sqlalchemy.event.listen", "sqlalchemy.event.listens_for"})
SIGNALS = frozenset({"models_committed", "before_models_committed"})
TARGETS = (known.ENGINE, known.SESSION, known.SCOPED_SESSION, known.SESSION_FACTORY)


@RULE.check(ast.Call, names={"listen", "listens_for"})
def listens(node: ast.Call, code: Code) -> Iterator[Hit]:
    target = argument(node, 0, "target")
    if target is None or not code.names(node.func) & LISTEN:
        return
    if found := code.instance_of(target, *TARGETS):
        yield Hit(
            node,
            f"`{code.text(target)}` becomes asynchronous, and takes no listeners.",
            confidence=found.confidence,
        )


@RULE.check(ast.ImportFrom, names={"flask_sqlalchemy"})
def signals(node: ast.ImportFrom, code: Code) -> Iterator[Hit]:
    del code
    if found := sorted(SIGNALS & {alias.name for alias in node.names}):
        yield Hit(
            node,
            f"`{', '.join(found)}` is of Flask-SQLAlchemy.",
            "listen to the session's after_flush and after_commit",
        )

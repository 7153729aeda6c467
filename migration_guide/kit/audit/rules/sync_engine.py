"""An engine or a session is synchronous.

## What it does

Finds `create_engine`, `sessionmaker`, `scoped_session` and `Session(...)` of SQLAlchemy, `with` of
a session or of its `begin()`, connections of an engine and what is executed on them, outside
migrations; and `create_all`, `drop_all` and `reflect` of metadata with an engine.

## Why it matters

They need a driver that blocks, such as psycopg2; and a `scoped_session` belongs to a thread, of
which an event loop has one for all requests. `AsyncSession` is an asynchronous context manager:
`with` fails.

## Example

```python
engine = create_engine(url, pool_pre_ping=True, pool_recycle=300)
```

## Use instead

```python
engine = create_async_engine(url, pool_pre_ping=True, pool_recycle=300)
```

## Known problems

Scripts that stay synchronous may keep theirs.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit import known
from migration_guide.kit.audit.code import Code, argument
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.project import terminal
from migration_guide.kit.audit.rules.base import Hit, Rule

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.BREAKING,
    phase=Phase.DATABASE,
    mechanical=True,
    instead="create_async_engine, async_sessionmaker",
)

MAKERS = {
    "sqlalchemy.create_engine": "create_async_engine",
    known.SESSION_FACTORY: "async_sessionmaker",
    known.SCOPED_SESSION: "async_scoped_session, with a ContextVar",
    known.SESSION: "AsyncSession",
}


@RULE.check(ast.Call, names={name.rpartition(".")[2] for name in MAKERS})
def made(node: ast.Call, code: Code) -> Iterator[Hit]:
    for name in code.names(node.func) & set(MAKERS):
        message = f"`{code.text(node.func)}()` is synchronous."
        yield Hit(node, message, instead=MAKERS[name])


@RULE.check(ast.With)
def entered(node: ast.With, code: Code) -> Iterator[Hit]:
    for item in node.items:
        kept = item.context_expr
        session = code.session(kept)
        # `with session.no_autoflush` is the same on both.
        if session is None or terminal(kept) == "no_autoflush" or code.in_run_sync(node):
            continue
        message = f"`with {code.text(kept)}` fails on AsyncSession."
        yield Hit(kept, message, "async with", confidence=session.confidence, awaits=True)


ASKING = {
    "begin", "begin_nested", "commit", "exec_driver_sql", "execute", "rollback", "scalar",
    "scalars",
}  # fmt: skip
MIGRATIONS = frozenset({"alembic", "migrations", "versions"})
"""Folders whose code Alembic runs, on a synchronous connection also on an asynchronous engine."""


@RULE.check(ast.Call, names=ASKING)
def of_a_connection(node: ast.Call, code: Code) -> Iterator[Hit]:
    if not isinstance(node.func, ast.Attribute) or not _becomes(node, code):
        return
    if found := code.instance_of(node.func.value, known.CONNECTION):
        message = f"`{code.text(node.func)}()` of an AsyncConnection has to be awaited."
        yield Hit(node, message, "await", confidence=found.confidence, awaits=True)


@RULE.check(ast.With)
def connected(node: ast.With, code: Code) -> Iterator[Hit]:
    for item in node.items:
        kept = item.context_expr
        if isinstance(kept, ast.Call) and _becomes(node, code):
            found = code.instance_of(kept, known.CONNECTION)
            if found and terminal(kept.func) in {"begin", "connect"}:
                message = f"`with {code.text(kept)}` fails on AsyncEngine."
                yield Hit(kept, message, "async with", confidence=found.confidence, awaits=True)


def _becomes(node: ast.AST, code: Code) -> bool:
    in_migration = not MIGRATIONS.isdisjoint(code.module.path.split("/")[:-1])
    return not (code.is_awaited(node) or code.in_run_sync(node) or in_migration)


@RULE.check(ast.Call, names={"create_all", "drop_all", "reflect"})
def tables(node: ast.Call, code: Code) -> Iterator[Hit]:
    bind = argument(node, 0, "bind")
    if bind is None or code.instance_of(node.func, known.DB):
        return
    if found := code.instance_of(bind, known.ENGINE, known.ASYNC_ENGINE):
        yield Hit(
            node,
            f"`{code.text(node)}` needs a synchronous connection.",
            f"await connection.run_sync(metadata.{terminal(node.func)})",
            confidence=found.confidence,
            awaits=True,
        )

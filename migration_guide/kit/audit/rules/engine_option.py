"""An engine option does not work on an asynchronous engine.

## What it does

Finds options of psycopg2's dialect, `creator`, `server_side_cursors` and pools that block, in
`create_engine()`, `SQLALCHEMY_ENGINE_OPTIONS` and `SQLAlchemy(engine_options=…)`; and
`pool_pre_ping` or `pool_recycle` beside `NullPool`.

## Why it matters

`create_async_engine` refuses them, or the first connection fails. Under `NullPool` a connection is
never taken from the pool again, so that nothing is pinged and nothing grows old.

## Example

```python
SQLALCHEMY_ENGINE_OPTIONS = {"executemany_mode": "values_plus_batch", "poolclass": QueuePool}
```

## Use instead

```python
SQLALCHEMY_ENGINE_OPTIONS = {"pool_pre_ping": True, "pool_recycle": 300}
```

## Known problems

Options that are put together in several steps are not followed. The kit's dialect accepts those of
psycopg2 where they ask for what it does anyway.
"""

import ast
from collections.abc import Iterator, Sequence

from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.rules.base import Hit, Rule
from migration_guide.kit.audit.settings import SETTINGS, entries, settings

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.BREAKING,
    phase=Phase.DATABASE,
    mechanical=True,
    instead="leave it out",
)

REFUSED = {
    "executemany_mode": "",
    "executemany_batch_page_size": "",
    "client_encoding": "",
    "use_native_hstore": "leave it out; for hstore, a type codec of asyncpg's",
    "server_side_cursors": "session.stream()",
    "creator": "async_creator",
}
"""And what to do instead."""
POOLS = {"sqlalchemy.pool.QueuePool", "sqlalchemy.pool.SingletonThreadPool"}
POOLS |= {name.replace(".pool", "") for name in POOLS}

Options = Sequence[tuple[str, ast.AST, ast.expr]]


@RULE.check(*SETTINGS)
def configured(node: ast.AST, code: Code) -> Iterator[Hit]:
    for one in settings(node):
        if one.name.endswith("ENGINE_OPTIONS"):
            yield from _refused(list(entries(one.value)), code)


@RULE.check(ast.Call, names={"create_engine", "SQLAlchemy"})
def given(node: ast.Call, code: Code) -> Iterator[Hit]:
    keywords = [(one.arg, one, one.value) for one in node.keywords if one.arg is not None]
    if "sqlalchemy.create_engine" in code.names(node.func):
        yield from _refused(keywords, code)
    for name, _, value in keywords:
        if name == "engine_options":
            yield from _refused(list(entries(value)), code)


def _refused(options: Options, code: Code) -> Iterator[Hit]:
    for name, node, value in options:
        if name in REFUSED:
            yield Hit(
                node, f"`{name}` does not work on an asynchronous engine.", instead=REFUSED[name]
            )
        elif name == "poolclass" and code.names(value) & POOLS:
            yield Hit(
                node,
                f"`{code.text(value)}` blocks: an asynchronous engine refuses it.",
                instead="AsyncAdaptedQueuePool, which is the default",
            )
        elif name == "poolclass" and code.text(value).endswith("NullPool"):
            yield from _without_a_pool(options)


def _without_a_pool(options: Options) -> Iterator[Hit]:
    for name, node, _ in options:
        if name in {"pool_pre_ping", "pool_recycle"}:
            yield Hit(
                node,
                f"`{name}` does nothing under NullPool.",
                instead="leave out the one or the other",
                severity=Severity.ADVICE,
            )

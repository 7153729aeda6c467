"""A setting is read by Flask-SQLAlchemy alone.

## What it does

Finds the settings `SQLALCHEMY_…` that nothing reads once Flask-SQLAlchemy is gone. Where the
setting is off, or nothing uses what it is for, the finding is advice.
`SQLALCHEMY_ENGINE_OPTIONS` and `SQLALCHEMY_DATABASE_URI` are taken for names that the application
reads by itself where the tree has no Flask-SQLAlchemy, or where a class declares them with a type.

## Why it matters

Nothing fails: the log of statements stays empty, models with `__bind_key__` go to the one database,
and a pool has its default size. What reads `SQLALCHEMY_DATABASE_URI` and
`SQLALCHEMY_ENGINE_OPTIONS` after the move, is your own call of `create_async_engine`; those two may
keep their names.

## Example

```python
SQLALCHEMY_ECHO = True
SQLALCHEMY_POOL_SIZE = 20
```

## Use instead

```python
SQLALCHEMY_ENGINE_OPTIONS = {"echo": True, "pool_size": 20}
```

## Known problems

The names with `POOL` and `COMMIT_ON_TEARDOWN` are those of Flask-SQLAlchemy before 3.0; later
versions do not read them either.
"""

import ast
import re
from collections.abc import Iterator

from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.rules.base import Hit, Rule
from migration_guide.kit.audit.settings import SETTINGS, settings

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.SILENT,
    phase=Phase.PLAIN_SQLALCHEMY,
    mechanical=True,
    instead="an argument of create_async_engine",
)

INSTEAD = {
    "ENGINE_OPTIONS": "create_async_engine(url, **options)",
    "DATABASE_URI": "the first argument of create_async_engine",
    "ECHO": "create_async_engine(echo=True)",
    "BINDS": "an engine for each database, and a session whose get_bind() chooses",
    "RECORD_QUERIES": "an event listener on engine.sync_engine",
    "TRACK_MODIFICATIONS": "an event listener on the sync session class",
    "COMMIT_ON_TEARDOWN": "commit where the work is done",
    "POOL_SIZE": "create_async_engine(pool_size=…)",
    "POOL_TIMEOUT": "create_async_engine(pool_timeout=…)",
    "POOL_RECYCLE": "create_async_engine(pool_recycle=…)",
    "MAX_OVERFLOW": "create_async_engine(max_overflow=…)",
    "NATIVE_UNICODE": "nothing",
}
NAMES = {f"SQLALCHEMY_{name}": instead for name, instead in INSTEAD.items()}

OFTEN_READ = {"SQLALCHEMY_ENGINE_OPTIONS", "SQLALCHEMY_DATABASE_URI"}
ASKED_FOR = {
    "SQLALCHEMY_TRACK_MODIFICATIONS": "models_committed",
    "SQLALCHEMY_RECORD_QUERIES": "get_recorded_queries",
}
"""What has no effect unless something of this name is used."""


@RULE.check(*SETTINGS)
def configured(node: ast.AST, code: Code) -> Iterator[Hit]:
    for one in settings(node):
        if one.name in NAMES and not (one.name in OFTEN_READ and _is_its_own(one.name, code)):
            is_off = (isinstance(one.value, ast.Constant) and not one.value.value) or (
                one.name in ASKED_FOR and not code.project.mentions(ASKED_FOR[one.name])
            )
            yield Hit(
                one.node,
                f"Nothing reads `{one.name}` after the move.",
                instead="leave it out" if is_off else NAMES[one.name],
                severity=Severity.ADVICE if is_off else None,
            )


def _is_its_own(name: str, code: Code) -> bool:
    """Whether the application reads the setting by itself."""
    declared = re.compile(rf"^\s+{name}\s*:", re.MULTILINE)
    return not code.project.mentions("flask_sqlalchemy") or any(
        name in module.source and declared.search(module.source) for module in code.project.modules
    )

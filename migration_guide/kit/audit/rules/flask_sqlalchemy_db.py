"""The application's database object is Flask-SQLAlchemy's.

## What it does

Finds the import of Flask-SQLAlchemy, the construction of its `SQLAlchemy()`, and subclasses of it.

## Why it matters

Flask-SQLAlchemy does not run on Quart. An engine and a session of plain SQLAlchemy, with a scope of
your own, work on Flask, and are what becomes asynchronous later.

## Example

```python
db = SQLAlchemy()
```

## Use instead

```python
engine = create_async_engine(url, pool_pre_ping=True, pool_recycle=300)
sessions = async_sessionmaker(engine, expire_on_commit=False)
```

## Known problems

None known.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit import known
from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.rules.base import Hit, Rule
from migration_guide.kit.audit.values import Kind

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.BREAKING,
    phase=Phase.PLAIN_SQLALCHEMY,
    mechanical=False,
    instead="an engine and a session factory of SQLAlchemy",
)


@RULE.check(ast.Call)
def made(node: ast.Call, code: Code) -> Iterator[Hit]:
    if isinstance(node.func, ast.Attribute) and node.func.attr[:1].islower():
        return
    for value in code.values(node.func):
        if value.kind in {Kind.CLASS, Kind.EXTERNAL} and code.models.is_instance(
            value.name, known.DB
        ):
            yield Hit(node, f"`{code.text(node.func)}()` is Flask-SQLAlchemy's.")
            return


@RULE.check(ast.Import, ast.ImportFrom, names={"flask_sqlalchemy"})
def imported(node: ast.Import | ast.ImportFrom, code: Code) -> Iterator[Hit]:
    yield Hit(node, f"`{code.text(node)}`: it does not run on Quart.")


@RULE.check(ast.ClassDef)
def inherited(node: ast.ClassDef, code: Code) -> Iterator[Hit]:
    for base in node.bases:
        if any(code.models.is_instance(name, known.DB) for name in code.names(base)):
            yield Hit(node, f"`{node.name}` is made from Flask-SQLAlchemy's `{code.text(base)}`.")

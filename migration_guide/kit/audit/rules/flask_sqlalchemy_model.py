"""A model inherits from Flask-SQLAlchemy's `db.Model`.

## What it does

Finds classes whose base is `db.Model` under any name, and where it is given another.

## Why it matters

Flask-SQLAlchemy does not run on Quart. Models of plain SQLAlchemy work in both: the application can
leave Flask-SQLAlchemy while it is still on Flask.

## Example

```python
class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
```

## Use instead

```python
class User(Base):
    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
```

## Known problems

Flask-SQLAlchemy makes the table's name from the class's; a plain model has to say it.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit import known
from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.module import parent
from migration_guide.kit.audit.rules.base import Hit, Rule

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.BREAKING,
    phase=Phase.PLAIN_SQLALCHEMY,
    mechanical=True,
    instead="a DeclarativeBase of your own",
)


@RULE.check(ast.ClassDef)
def model(node: ast.ClassDef, code: Code) -> Iterator[Hit]:
    for base in node.bases:
        if known.MODEL in code.names(base):
            yield Hit(node, f"`{node.name}` inherits from Flask-SQLAlchemy's `{code.text(base)}`.")


@RULE.check(ast.Attribute, names={"Model"})
def other_name(node: ast.Attribute, code: Code) -> Iterator[Hit]:
    if isinstance(parent(node), ast.Assign) and known.MODEL in code.names(node):
        yield Hit(node, f"`{code.text(node)}` is Flask-SQLAlchemy's.")

"""A name of SQLAlchemy is taken from Flask-SQLAlchemy's object.

## What it does

Finds `db.Column`, `db.String`, `db.relationship`, `db.func`, `db.select` and the like: one finding
for each line.

## Why it matters

The object goes with Flask-SQLAlchemy. The names are SQLAlchemy's, and can be imported from there
while the application is still on Flask.

## Example

```python
name = db.Column(db.String(80))
```

## Use instead

```python
name: Mapped[str] = mapped_column(String(80))
```

## Known problems

None known.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit import known
from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.module import ancestors
from migration_guide.kit.audit.rules.base import Hit, Rule

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.BREAKING,
    phase=Phase.PLAIN_SQLALCHEMY,
    mechanical=True,
    instead="the same name, imported from sqlalchemy or sqlalchemy.orm",
)


@RULE.check(ast.Attribute)
def name_of_sqlalchemy(node: ast.Attribute, code: Code) -> Iterator[Hit]:
    if not isinstance(node.value, ast.Name) or node.attr in OWN:
        return
    if code.instance_of(node.value, known.DB) is None:
        return
    if not any(name.startswith("sqlalchemy.") for name in code.names(node)):
        return
    if _is_first_on_its_line(node):
        yield Hit(node, f"`{code.text(node)}` is SQLAlchemy's, under Flask-SQLAlchemy's name.")


@RULE.check(ast.Attribute, names={"metadata", "registry"})
def base_of_models(node: ast.Attribute, code: Code) -> Iterator[Hit]:
    owner = node.value
    if isinstance(owner, ast.Attribute) and owner.attr in {"Model", "metadata"}:
        owner = owner.value
    if code.instance_of(owner, known.DB) is not None:
        yield Hit(
            node,
            f"`{code.text(node)}` is Flask-SQLAlchemy's.",
            instead="the metadata of a DeclarativeBase of your own",
        )


def _is_first_on_its_line(node: ast.Attribute) -> bool:
    statement = next(one for one in ancestors(node) if isinstance(one, ast.stmt))
    before = [
        one
        for one in ast.walk(statement)
        if isinstance(one, ast.Attribute)
        and isinstance(one.value, ast.Name)
        and one.value.id == getattr(node.value, "id", "")
        and one.attr not in OWN
        and one.lineno == node.lineno
    ]
    return node is min(before, key=lambda one: one.col_offset)


OWN = frozenset(
    {
        "Model", "Query", "create_all", "drop_all", "engine", "engines", "first_or_404",
        "get_engine", "get_or_404", "init_app", "metadata", "metadatas", "one_or_404", "paginate",
        "reflect", "session",
    }
)  # fmt: skip
"""What is Flask-SQLAlchemy's own."""

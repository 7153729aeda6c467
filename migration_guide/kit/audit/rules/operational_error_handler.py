"""`except OperationalError` does not match with the stock asyncpg dialect.

## What it does

Finds handlers of `sqlalchemy.exc.OperationalError`, and of `DataError` and `InternalError`: in
`except`, in `isinstance`, and as error handlers of the application. As advice, `except`
of `SQLAlchemyError` and `DBAPIError` without `OSError` beside it.

## Why it matters

With psycopg2 a refused connection, a timeout, a deadlock or a lock that is not available is an
`OperationalError`. With SQLAlchemy's own dialect for asyncpg it is a `DBAPIError`, or a
`ConnectionRefusedError` or `TimeoutError` of Python. The handler stays in the code, is never
called, and nothing says so.

## Example

```python
try:
    db.session.commit()
except OperationalError:
    return retry()
```

## Use instead

```python
# With postgresql+resilient_asyncpg:// the handler stays as it is. With postgresql+asyncpg://:
try:
    await session.commit()
except (DBAPIError, OSError):
    return retry()
```

## Known problems

The kit's dialect raises psycopg2's classes: a tree that names it has no such finding; before that,
skip the rule if you mean to use it.
`reference/error-classes.md` shows which event has which class on each dialect.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.module import parent
from migration_guide.kit.audit.project import terminal
from migration_guide.kit.audit.rules.base import Hit, Rule

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.SILENT,
    phase=Phase.ERRORS,
    mechanical=False,
    instead="postgresql+resilient_asyncpg keeps the classes; else DBAPIError, OSError and sqlstate",
)


ALL = frozenset(
    f"sqlalchemy.exc.{name}" for name in ("SQLAlchemyError", "DBAPIError", "DatabaseError")
)
CLASSES = frozenset(
    {
        f"{package}.{name}"
        for package in ("sqlalchemy.exc", "sqlalchemy.dialects.postgresql")
        for name in ("OperationalError", "DataError", "InternalError")
    }
)


def _classes(node: ast.expr, code: Code) -> list[ast.expr]:
    """Of a tuple, or of a name that the module sets to one, its elements."""
    kept: ast.AST = node
    if isinstance(node, ast.Name):
        bindings = code.module.bindings(code.module.tree).get(node.id, [])
        kept = bindings[0].node if len(bindings) == 1 else node
    return kept.elts if isinstance(kept, ast.Tuple) else [node]


def _found(node: ast.expr, code: Code) -> Iterator[Hit]:
    classes = _classes(node, code)
    covers = {name.rpartition(".")[2] for one in classes for name in code.names(one)}
    if "DBAPIError" not in covers and not code.is_resilient:
        for one in classes:
            if code.names(one) & CLASSES:
                message = f"`{code.text(one)}` is not what the stock asyncpg dialect raises."
                yield Hit(_place(one, node), message)


def _without_the_network(node: ast.expr, code: Code) -> Iterator[Hit]:
    classes = _classes(node, code)
    covers = {code.text(one) for one in classes}
    if covers & {"OSError", "Exception", "ConnectionError"} or code.is_resilient:
        return
    for one in classes:
        if code.names(one) & ALL:
            yield Hit(
                _place(one, node),
                f"`{code.text(one)}` does not hold what the stock asyncpg dialect raises for a"
                " refused connection or a timeout.",
                "OSError beside it, which TimeoutError and ConnectionRefusedError are; or the kit's"
                " dialect",
                severity=Severity.ADVICE,
            )


def _place(one: ast.expr, node: ast.expr) -> ast.expr:
    """Where a class stands; the name, where it stands in what the name is set to."""
    return one if node in (one, parent(one)) else node


@RULE.check(ast.ExceptHandler)
def handled(node: ast.ExceptHandler, code: Code) -> Iterator[Hit]:
    if node.type is not None:
        yield from _found(node.type, code)
        yield from _without_the_network(node.type, code)


SECOND = {"isinstance", "issubclass", "on_exception"}
FIRST = {"register_error_handler", "errorhandler", "app_errorhandler", "suppress", "raises"}
FIRST |= {"retry_if_exception_type"}


@RULE.check(ast.Call, names=SECOND | FIRST)
def asked(node: ast.Call, code: Code) -> Iterator[Hit]:
    position = 1 if terminal(node.func) in SECOND else 0
    if len(node.args) > position:
        yield from _found(node.args[position], code)

"""An exception of psycopg2 is never raised by asyncpg.

## What it does

Finds `except psycopg2.…` and `isinstance(error.orig, psycopg2.errors.…)`, under any import.

## Why it matters

After the move no such exception is raised: the handler stays in the code, is never called, and
nothing says so.

## Example

```python
except IntegrityError as error:
    if isinstance(error.orig, psycopg2.errors.UniqueViolation):
        return conflict()
```

## Use instead

```python
except IntegrityError as error:
    if error.orig.sqlstate == "23505":  # unique_violation
        return conflict()
```

## Known problems

None known.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.rules.base import Hit, Rule

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.SILENT,
    phase=Phase.ERRORS,
    mechanical=False,
    instead="the sqlstate of error.orig",
)


def _found(node: ast.AST, code: Code) -> Iterator[Hit]:
    for one in node.elts if isinstance(node, ast.Tuple) else [node]:
        if any(name.startswith("psycopg2.") for name in code.names(one)):
            yield Hit(one, f"`{code.text(one)}` is never raised by asyncpg.")


@RULE.check(ast.ExceptHandler)
def handled(node: ast.ExceptHandler, code: Code) -> Iterator[Hit]:
    if node.type is not None:
        yield from _found(node.type, code)


@RULE.check(ast.Call, names={"isinstance"})
def asked(node: ast.Call, code: Code) -> Iterator[Hit]:
    if len(node.args) > 1:
        yield from _found(node.args[1], code)

"""The fields of psycopg2's errors are not there with asyncpg.

## What it does

Finds `diag`, `pgerror` and `cursor` of the `orig` of an error of SQLAlchemy's.

## Why it matters

With SQLAlchemy's own dialect for asyncpg `error.orig` has `sqlstate` (and `pgcode`, which is the
same), and none of these: the handler of an error fails with an `AttributeError`.

## Example

```python
except IntegrityError as error:
    return conflict(error.orig.diag.constraint_name)
```

## Use instead

```python
except IntegrityError as error:
    return conflict(error.orig.__cause__.constraint_name)
```

## Known problems

The kit's dialect has `orig.diag` with psycopg2's names: a tree that names it has no such finding.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Confidence, Phase, Severity
from migration_guide.kit.audit.rules.base import Hit, Rule

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.BREAKING,
    phase=Phase.ERRORS,
    mechanical=True,
    instead="the kit's dialect keeps orig.diag; else the same field of orig.__cause__",
)


@RULE.check(ast.Attribute, names={"diag", "pgerror", "cursor"})
def looked_at(node: ast.Attribute, code: Code) -> Iterator[Hit]:
    is_original = isinstance(node.value, ast.Attribute) and node.value.attr == "orig"
    if is_original and not code.is_resilient:
        message = f"asyncpg's errors have no `{node.attr}`."
        yield Hit(node, message, confidence=Confidence.LIKELY)

"""Flask-Limiter does not run on Quart.

## What it does

Finds imports of Flask-Limiter.

## Why it matters

Requests are counted by hooks of Flask. Quart-Rate-Limiter counts on Quart; its limits are written
in another way.

## Example

```python
limiter.limit("5/minute")
```

## Use instead

```python
@rate_limit(5, timedelta(minutes=1))
```

## Known problems

Each import is reported, not each use of what it imports.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.rules.base import Hit, Rule

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.BREAKING,
    phase=Phase.FRAMEWORK,
    mechanical=False,
    instead="quart-rate-limiter",
)


@RULE.check(ast.Import, ast.ImportFrom, names={"flask_limiter"})
def imported(node: ast.Import | ast.ImportFrom, code: Code) -> Iterator[Hit]:
    yield Hit(node, f"`{code.text(node)}`: Flask-Limiter does not run on Quart.")

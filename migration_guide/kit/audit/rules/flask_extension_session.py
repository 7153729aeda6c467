"""Flask-Session does not run on Quart.

## What it does

Finds imports of Flask-Session.

## Why it matters

It keeps sessions on the server by an interface whose methods are coroutines in Quart.

## Example

```python
Session(app)
```

## Use instead

```python
# the signed cookie of Quart, or quart-session, whose last release is old
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
    instead="quart's signed cookie, or quart-session",
)


@RULE.check(ast.Import, ast.ImportFrom, names={"flask_session"})
def imported(node: ast.Import | ast.ImportFrom, code: Code) -> Iterator[Hit]:
    yield Hit(node, f"`{code.text(node)}`: Flask-Session does not run on Quart.")

"""Flask-Login does not run on Quart.

## What it does

Finds imports of Flask-Login.

## Why it matters

Who is logged in is kept by an extension that is made for Flask. Quart-Auth does the same on Quart,
with a cookie of its own: during a cut-over a user who is logged in on one side is not on the other.

## Example

```python
from flask_login import current_user, login_required
```

## Use instead

```python
from quart_auth import current_user, login_required
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
    instead="quart-auth",
)


@RULE.check(ast.Import, ast.ImportFrom, names={"flask_login"})
def imported(node: ast.Import | ast.ImportFrom, code: Code) -> Iterator[Hit]:
    yield Hit(node, f"`{code.text(node)}`: Flask-Login does not run on Quart.")

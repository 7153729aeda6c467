"""Flask-Bcrypt does not run on Quart.

## What it does

Finds imports of Flask-Bcrypt.

## Why it matters

It computes in the event loop for as long as bcrypt takes, and it is made for Flask.

## Example

```python
bcrypt.check_password_hash(known, password)
```

## Use instead

```python
await asyncio.to_thread(bcrypt.checkpw, password, known)
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
    instead="bcrypt itself, in a thread, or quart-bcrypt",
)


@RULE.check(ast.Import, ast.ImportFrom, names={"flask_bcrypt"})
def imported(node: ast.Import | ast.ImportFrom, code: Code) -> Iterator[Hit]:
    yield Hit(node, f"`{code.text(node)}`: Flask-Bcrypt does not run on Quart.")

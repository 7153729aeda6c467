"""Flask-Babel does not run on Quart.

## What it does

Finds imports of Flask-Babel.

## Why it matters

It keeps the language in a context of Flask's. There is a port for Quart.

## Example

```python
from flask_babel import gettext
```

## Use instead

```python
from quart_babel import gettext
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
    instead="quart-babel",
)


@RULE.check(ast.Import, ast.ImportFrom, names={"flask_babel", "flask_babelex"})
def imported(node: ast.Import | ast.ImportFrom, code: Code) -> Iterator[Hit]:
    yield Hit(node, f"`{code.text(node)}`: Flask-Babel does not run on Quart.")

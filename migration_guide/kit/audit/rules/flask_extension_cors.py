"""Flask-CORS does not run on Quart.

## What it does

Finds imports of Flask-CORS.

## Why it matters

The headers are set by hooks of Flask. Quart-CORS sets the same.

## Example

```python
from flask_cors import CORS

CORS(app)
```

## Use instead

```python
from quart_cors import cors

app = cors(app)
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
    instead="quart-cors",
)


@RULE.check(ast.Import, ast.ImportFrom, names={"flask_cors"})
def imported(node: ast.Import | ast.ImportFrom, code: Code) -> Iterator[Hit]:
    yield Hit(node, f"`{code.text(node)}`: Flask-CORS does not run on Quart.")

"""Flask-Compress does not run on Quart.

## What it does

Finds imports of Flask-Compress.

## Why it matters

It compresses the body of a response, which in Quart has to be awaited. There is a port for Quart; a
proxy can do it as well.

## Example

```python
Compress(app)
```

## Use instead

```python
Compress(app)  # of quart_compress
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
    instead="quart-compress, or the proxy before it",
)


@RULE.check(ast.Import, ast.ImportFrom, names={"flask_compress"})
def imported(node: ast.Import | ast.ImportFrom, code: Code) -> Iterator[Hit]:
    yield Hit(node, f"`{code.text(node)}`: Flask-Compress does not run on Quart.")

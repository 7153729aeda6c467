"""Flask-Uploads does not run on Quart.

## What it does

Finds imports of Flask-Uploads.

## Why it matters

It saves the files of a request, which in Quart have to be awaited. There is a port for Quart.

## Example

```python
photos.save(request.files["photo"])
```

## Use instead

```python
await photos.save((await request.files)["photo"])
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
    instead="quart-uploads",
)


@RULE.check(ast.Import, ast.ImportFrom, names={"flask_uploads", "flask_reuploaded"})
def imported(node: ast.Import | ast.ImportFrom, code: Code) -> Iterator[Hit]:
    yield Hit(node, f"`{code.text(node)}`: Flask-Uploads does not run on Quart.")

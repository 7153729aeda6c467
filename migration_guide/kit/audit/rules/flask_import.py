"""Names are imported from Flask.

## What it does

Finds imports of `flask` and of its modules; those of extensions have rules of their own.

## Why it matters

Quart has every name of Flask's top level, under the same name; `Flask` itself is `Quart`.

## Example

```python
from flask import Blueprint, Flask, request
```

## Use instead

```python
from quart import Blueprint, Quart, request
```

## Known problems

Modules below the top level, such as `flask.cli`, do not all have a twin.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.rules.base import Hit, Rule
from migration_guide.kit.audit.rules.removed_flask_name import IMPORTS

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.BREAKING,
    phase=Phase.FRAMEWORK,
    mechanical=True,
    instead="the same import from quart",
)


@RULE.check(ast.Import, ast.ImportFrom, names={"flask"})
def imported(node: ast.Import | ast.ImportFrom, code: Code) -> Iterator[Hit]:
    names = [one.name for one in node.names] if isinstance(node, ast.ImportFrom) else []
    missing = ", ".join(name for name in names if name in IMPORTS)
    has = f"Quart has these names, but for {missing}" if missing else "Quart has these names"
    yield Hit(node, f"`{code.text(node)}`: {has}.")

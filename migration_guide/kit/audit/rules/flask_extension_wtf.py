"""Flask-WTF does not run on Quart.

## What it does

Finds imports of Flask-WTF.

## Why it matters

A form reads the request when it is made, which in Quart has to be awaited. Quart-WTForms makes
forms by a coroutine, and validates by one.

## Example

```python
form = LoginForm()
if form.validate_on_submit():
    ...
```

## Use instead

```python
form = await LoginForm.create_form()
if await form.validate_on_submit():
    ...
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
    instead="quart-wtforms",
)


@RULE.check(ast.Import, ast.ImportFrom, names={"flask_wtf"})
def imported(node: ast.Import | ast.ImportFrom, code: Code) -> Iterator[Hit]:
    yield Hit(node, f"`{code.text(node)}`: Flask-WTF does not run on Quart.")

"""A form that is made by its class holds nothing of the request.

## What it does

Finds where a view, or what it calls, makes a form of Flask-WTF without giving it the data.

## Why it matters

Flask-WTF's form looks for the request's body itself, when it is made. In Quart the body has to be
awaited, which a constructor cannot: `LoginForm()` of Quart-WTForms is an empty form, each field
without data, and nobody is told.

## Example

```python
form = LoginForm(obj=user)
```

## Use instead

```python
form = await LoginForm.create_form(obj=user)
```

## Known problems

A form that is only shown, and never sent to this view, may stay as it is.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit import known
from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.rules.base import Hit, Rule
from migration_guide.kit.audit.values import Kind

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.SILENT,
    phase=Phase.FRAMEWORK,
    mechanical=True,
    instead="await Form.create_form()",
)


@RULE.check(ast.Call)
def made(node: ast.Call, code: Code) -> Iterator[Hit]:
    if node.args or any(one.arg == "formdata" for one in node.keywords):
        return
    for value in code.values(node.func):
        if value.kind is Kind.CLASS and code.models.is_instance(value.name, *known.FORMS):
            message = f"`{code.text(node, 40)}` holds nothing of the request."
            yield Hit(node, message, confidence=value.confidence, awaits=True, in_requests=True)
            return

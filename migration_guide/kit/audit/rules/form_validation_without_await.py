"""Without `await`, a form is always valid.

## What it does

Finds `validate()` and `validate_on_submit()` of Flask-WTF's forms.

## Why it matters

In Quart-WTF both are coroutine functions. A coroutine is true: without `await` each form passes,
whatever it holds, and nothing fails. Reading the form awaits the request's body as well:
`await Form.create_form()`.

## Example

```python
form = LoginForm()
if form.validate_on_submit():
```

## Use instead

```python
form = await LoginForm.create_form()
if await form.validate_on_submit():
```

## Known problems

Forms of plain WTForms, without Flask-WTF, stay as they are once they are given
`await request.form`. After the move, mypy finds those that were forgotten, with
`enable_error_code = ["truthy-bool"]`.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit import known
from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.rules.base import Hit, Rule

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.SILENT,
    phase=Phase.FRAMEWORK,
    mechanical=True,
    instead="await it, on a form from await Form.create_form()",
)


@RULE.check(ast.Call, names={"validate", "validate_on_submit"})
def validated(node: ast.Call, code: Code) -> Iterator[Hit]:
    if not isinstance(node.func, ast.Attribute) or code.is_awaited(node):
        return
    if found := code.instance_of(node.func.value, *known.FORMS):
        yield Hit(
            node,
            f"Without await, `{code.text(node)}` is always true.",
            confidence=found.confidence,
            awaits=True,
        )

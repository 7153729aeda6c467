"""Without `await`, everybody is logged in.

## What it does

Finds `current_user.is_authenticated` of Flask-Login, and of Quart-Auth where it is not awaited.

## Why it matters

Quart-Auth's `current_user` has the same name and the same attribute, but there it is a coroutine. A
coroutine is true: without `await` whoever asks is taken for logged in, and nothing fails.
`not current_user.is_authenticated` is never true.

## Example

```python
if current_user.is_authenticated:
    return redirect(url_for("home"))
```

## Use instead

```python
if await current_user.is_authenticated:
    return redirect(url_for("home"))
```

## Known problems

In templates it stays as it is: Jinja awaits there. If something else than Quart-Auth takes
Flask-Login's place, look at what its `is_authenticated` is. After the move, mypy finds those that
were forgotten, with `enable_error_code = ["truthy-bool"]`.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.project import terminal
from migration_guide.kit.audit.rules.base import Hit, Rule
from migration_guide.kit.audit.users import current_user

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.SILENT,
    phase=Phase.FRAMEWORK,
    mechanical=True,
    instead="await it",
)

PACKAGES = frozenset({"flask_login", "flask_security", "quart_auth"})


@RULE.check(ast.Attribute, names={"is_authenticated"})
def asked(node: ast.Attribute, code: Code) -> Iterator[Hit]:
    if code.is_awaited(node) or terminal(node.value) != "current_user":
        return
    loaded = {value.name for value in current_user(code.inference)}
    for value in code.values(node.value):
        if value.name in loaded or value.name.partition(".")[0] in PACKAGES:
            message = f"Without await, `{code.text(node)}` of Quart-Auth is always true."
            yield Hit(node, message, confidence=value.confidence, awaits=True)
            return

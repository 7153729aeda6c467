"""A template has to be rendered with `await`.

## What it does

Finds `render_template` and `render_template_string` of Flask, and Flask-Themes2's function that
calls them, where they are not awaited.

## Why it matters

In Quart they are coroutine functions: without `await` the answer is a 500.

## Example

```python
return render_template("order.html", order=order)
```

## Use instead

```python
return await render_template("order.html", order=order)
```

## Known problems

None known.
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
    mechanical=True,
    instead="await render_template(...)",
)

NAMES = {"render_template", "render_template_string", "stream_template", "stream_template_string"}
THEMES = {"flask_themes.render_theme_template", "flask_themes2.render_theme_template"}


@RULE.check(ast.Call, names=NAMES | {"render_theme_template"})
def not_awaited(node: ast.Call, code: Code) -> Iterator[Hit]:
    wanted = {f"{package}.{name}" for package in ("flask", "quart") for name in NAMES} | THEMES
    if code.names(node.func) & wanted and not code.is_awaited(node):
        yield Hit(node, f"`{code.text(node.func)}()` has to be awaited in Quart.", awaits=True)

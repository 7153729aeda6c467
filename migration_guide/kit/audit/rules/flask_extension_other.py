"""An extension of Flask is used that the audit does not know.

## What it does

Finds imports of packages whose name begins with `flask_`, and of modules of other packages that are
named after Flask, such as `sentry_sdk.integrations.flask`, unless another rule knows them, or they
are modules of the tree.

## Why it matters

What is made for Flask works on its context, its hooks or its request, and those are others in
Quart. Whether there is a port, has to be found out for each.

## Example

```python
from flask_mail import Mail
```

## Use instead

```python
# a port for Quart, a library that needs no framework, or a few lines of your own
```

## Known problems

An extension that only keeps an object for the application may work as it is.
"""

import ast
from collections.abc import Iterator
from functools import cache

from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.extension import package_for_flask
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.rules.base import Hit, Rule

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.BREAKING,
    phase=Phase.FRAMEWORK,
    mechanical=False,
    instead="a port for Quart, or a library that needs no framework",
)

KNOWN = frozenset({"flask_sqlalchemy", "flask_sqlalchemy_lite"})
"""What other rules report by its use."""


@RULE.check(ast.Import, ast.ImportFrom)
def imported(node: ast.Import | ast.ImportFrom, code: Code) -> Iterator[Hit]:
    if isinstance(node, ast.ImportFrom) and node.level:
        return
    names = (
        [node.module or ""]
        if isinstance(node, ast.ImportFrom)
        else [one.name for one in node.names]
    )
    for name in names:
        package = name.partition(".")[0]
        found = package_for_flask(name)
        if not found or package in KNOWN | _with_a_rule():
            continue
        if code.project.module(name, code.module) is None:
            yield Hit(node, f"`{found}` is made for Flask.")


@cache
def _with_a_rule() -> frozenset[str]:
    """The packages that the rules for single extensions ask for."""
    from migration_guide.kit.audit.rules import RULES

    return frozenset(
        name
        for rule in RULES.values()
        if rule.name.startswith("flask-extension-")
        for _, names, _ in rule.checks
        for name in names or ()
    )

"""A body of another content type is `None`, where Flask answers 415.

## What it does

Finds `request.json`, and `request.get_json()` without `force` and `silent`.

## Why it matters

Flask answers 415 to a body that does not say that it is JSON. Quart's `get_json()` and
`json` give `None` for it: the view goes on, with 200.

## Example

```python
payload = request.get_json()
```

## Use instead

```python
payload = await request.get_json()
if payload is None:
    raise UnsupportedMediaType
```

## Known problems

A schema that refuses `None` afterwards makes it harmless; the rule does not see that.
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
    mechanical=False,
    instead="answer 415 where the result is None",
)


@RULE.check(ast.Call, names={"get_json"})
def other_content_type(node: ast.Call, code: Code) -> Iterator[Hit]:
    if not isinstance(node.func, ast.Attribute) or node.args:
        return
    if {one.arg for one in node.keywords} & {"force", "silent"} or code.is_awaited(node):
        return
    if code.instance_of(node.func.value, known.REQUEST) is not None:
        yield _hit(node, code)


@RULE.check(ast.Attribute, names={"json"})
def attribute(node: ast.Attribute, code: Code) -> Iterator[Hit]:
    if not code.is_awaited(node) and code.instance_of(node.value, known.REQUEST) is not None:
        yield _hit(node, code)


def _hit(node: ast.expr, code: Code) -> Hit:
    return Hit(node, f"`{code.text(node)}` is None for another content type; Flask answers 415.")

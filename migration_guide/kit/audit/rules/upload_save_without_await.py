"""An uploaded file is saved without `await`.

## What it does

Finds `save()` of a file of the request, also under a name that it was given before.

## Why it matters

In Quart it is a coroutine: without `await` nothing is written, the view goes on, and nothing fails.

## Example

```python
upload = request.files["picture"]
upload.save(path)
```

## Use instead

```python
upload = (await request.files)["picture"]
await upload.save(path)
```

## Known problems

A file that is passed to another function is not followed.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit import known
from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.module import Bound, enclosing_function
from migration_guide.kit.audit.rules.base import Hit, Rule

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.SILENT,
    phase=Phase.FRAMEWORK,
    mechanical=True,
    instead="await it",
)

HELD = (Bound.VALUE, Bound.ELEMENT)


@RULE.check(ast.Call, names={"save"})
def saved(node: ast.Call, code: Code) -> Iterator[Hit]:
    if not isinstance(node.func, ast.Attribute) or code.is_awaited(node):
        return
    if _is_upload(node.func.value, code):
        yield Hit(node, f"Without await, `{code.text(node)}` writes nothing.", awaits=True)


def _is_upload(node: ast.AST, code: Code) -> bool:
    """Whether it is one of ``request.files``, by whatever name."""
    match node:
        case ast.Subscript(value=files) | ast.Call(func=ast.Attribute(value=files)):
            return _is_files(files, code)
        case ast.Name(id=name):
            around = enclosing_function(node)
            bindings = code.module.bindings(around).get(name, []) if around else []
            return any(one.how in HELD and _is_upload(one.node, code) for one in bindings)
        case _:
            return False


def _is_files(node: ast.AST, code: Code) -> bool:
    awaited = node.value if isinstance(node, ast.Await) else node
    return (
        isinstance(awaited, ast.Attribute)
        and awaited.attr == "files"
        and code.instance_of(awaited.value, known.REQUEST, "quart.Request") is not None
    )

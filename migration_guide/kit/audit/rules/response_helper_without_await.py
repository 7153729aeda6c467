"""A helper that makes a response has to be awaited.

## What it does

Finds `make_response`, `send_file` and `send_from_directory` of Flask that are not awaited, and the
application's `open_resource`; and the arguments that Quart's `send_file` names otherwise.

## Why it matters

In Quart they are coroutine functions: without `await` the answer is a 500. So it is with
`download_name`, `etag` or `max_age`, whose names are older there.

## Example

```python
response = make_response(body)
```

## Use instead

```python
response = await make_response(body)
```

## Known problems

None known.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit import known
from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.project import terminal
from migration_guide.kit.audit.rules.base import Hit, Rule

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.BREAKING,
    phase=Phase.FRAMEWORK,
    mechanical=True,
    instead="await it",
)

NAMES = {"make_response", "send_file", "send_from_directory"}
OTHER_NAMES = {
    "download_name": "attachment_filename",
    "etag": "add_etags",
    "max_age": "cache_timeout",
}
"""Of arguments, and Quart's."""


@RULE.check(ast.Call, names=NAMES)
def not_awaited(node: ast.Call, code: Code) -> Iterator[Hit]:
    if code.is_awaited(node):
        return
    wanted = {f"{package}.{name}" for package in ("flask", "quart") for name in NAMES}
    is_method = isinstance(node.func, ast.Attribute) and code.instance_of(
        node.func.value, known.FLASK, "quart.Quart"
    )
    if is_method or code.names(node.func) & wanted:
        yield Hit(node, f"`{code.text(node.func)}()` has to be awaited in Quart.", awaits=True)
        for one in node.keywords:
            if one.arg in OTHER_NAMES and terminal(node.func) != "make_response":
                message = f"Quart's `{terminal(node.func)}` has no `{one.arg}`."
                yield Hit(one.value, message, OTHER_NAMES[one.arg])


@RULE.check(ast.Call, names={"open_resource", "open_instance_resource"})
def opened(node: ast.Call, code: Code) -> Iterator[Hit]:
    owner = node.func.value if isinstance(node.func, ast.Attribute) else None
    if owner is None or code.is_awaited(node):
        return
    if code.instance_of(owner, known.FLASK, known.BLUEPRINT):
        yield Hit(
            node,
            f"`{code.text(node.func)}()` has to be awaited in Quart, and entered by `async with`.",
            awaits=True,
        )

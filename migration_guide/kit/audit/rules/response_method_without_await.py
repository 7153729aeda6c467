"""A method of a response has to be awaited.

## What it does

Finds `add_etag`, `make_conditional`, `freeze`, `make_sequence`, `get_data`, `get_json`, `data` and
`json` of a response, in views and in the hooks that are given it, that are not awaited.

## Why it matters

In Quart they are coroutines. `add_etag()` and its like then do nothing, and nothing fails; what is
read of the body is a coroutine, which is always true.

## Example

```python
@app.after_request
def add_etag(response):
    response.add_etag()
    return response
```

## Use instead

```python
@app.after_request
async def add_etag(response):
    await response.add_etag()
    return response
```

## Known problems

A response that a function of the application's own gives is followed; one that a library gives is
not.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit import known
from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.module import parent
from migration_guide.kit.audit.rules.base import Hit, Rule

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.SILENT,
    phase=Phase.FRAMEWORK,
    mechanical=True,
    instead="await it",
)

METHODS = {"add_etag", "make_conditional", "freeze", "make_sequence", "get_data", "get_json"}
PROPERTIES = {"data", "json"}


@RULE.check(ast.Attribute, names=METHODS | PROPERTIES)
def not_awaited(node: ast.Attribute, code: Code) -> Iterator[Hit]:
    whole = parent(node) if node.attr in METHODS else node
    is_read = isinstance(node.ctx, ast.Load)
    if whole is None or not is_read or code.is_awaited(whole):
        return
    if code.instance_of(node.value, known.RESPONSE) is not None:
        yield Hit(node, f"`{code.text(node)}` has to be awaited in Quart.", awaits=True)

"""A response is streamed from a generator.

## What it does

Finds `stream_with_context`, and `Response` of a generator of the tree or of a generator expression.

## Why it matters

The body is sent after the view has returned. In Quart what is torn down with the request, such as a
session that a `teardown` closes, is closed *before* that; `g` is a new one there unless the context
is kept; and after `RESPONSE_TIMEOUT`, 60 s, the body is cut off without a word. An iterator such as
`map()` is no body at all: 500.

## Example

```python
return Response(stream_with_context(rows()), mimetype="text/csv")
```

## Use instead

```python
async def rows():
    async with Session() as session:  # of the stream's own
        async for row in await session.stream(statement):
            yield line(row)
```

## Known problems

A generator that only computes has nothing to change but its `async def`.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit import known
from migration_guide.kit.audit.code import Code, argument
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.project import given
from migration_guide.kit.audit.rules.base import Hit, Rule

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.SILENT,
    phase=Phase.FRAMEWORK,
    mechanical=False,
    instead="an async generator with a session of its own, and response.timeout = None",
)

MESSAGE = "`{}` is sent after the request's session is closed, and cut off after 60 s."


@RULE.check(ast.Call, names={"stream_with_context"})
def with_context(node: ast.Call, code: Code) -> Iterator[Hit]:
    if "flask.stream_with_context" in code.names(node.func):
        yield Hit(node, MESSAGE.format(code.text(node)))


@RULE.check(ast.Call, names={"Response", "response_class"})
def body(node: ast.Call, code: Code) -> Iterator[Hit]:
    given_body = argument(node, 0, "response")
    is_response = {"flask.Response", known.RESPONSE} & code.names(node.func)
    is_class = isinstance(node.func, ast.Attribute) and node.func.attr == "response_class"
    if given_body is None or not (is_response or is_class):
        return
    is_generator = isinstance(given_body, ast.GeneratorExp) or (
        isinstance(given_body, ast.Call)
        and any(given(function.node)[1] for function in code.calls(given_body))
    )
    if is_generator:
        yield Hit(node, MESSAGE.format(code.text(given_body)))

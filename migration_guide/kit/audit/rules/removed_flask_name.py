"""A name of Flask that Quart has not.

## What it does

Finds `before_first_request`, `json_encoder`, `json_decoder` and the classes that they are given,
the context stacks `_app_ctx_stack` and `_request_ctx_stack`, `safe_join`, and
the names of Flask's that have another name in Quart, such as `FlaskClient`. Also what a request, a
response and a test client have because of WSGI: `request.environ`, `response.call_on_close()`.

## Why it matters

Most were removed from Flask 2.3, and none is in Quart 0.22. To import or to call one fails; to
*set* an encoder does not: the attribute is there then, and nobody reads it.

## Example

```python
app.json_encoder = ShopEncoder
```

## Use instead

```python
app.json = ShopProvider(app)
```

## Known problems

None known.
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
    severity=Severity.BREAKING,
    phase=Phase.FRAMEWORK,
    mechanical=False,
    instead="before_serving; a JSONProvider at app.json; contextvars",
)

INSTEAD = {
    "before_first_request": "before_serving, which runs once before the first request",
    "before_app_first_request": "before_serving of the application",
    "json_encoder": "a JSONProvider at app.json",
    "json_decoder": "a JSONProvider at app.json",
    "_app_ctx_stack": "quart.g, or a ContextVar",
    "_request_ctx_stack": "quart.request, or a ContextVar",
}
IMPORTS = {
    **INSTEAD,
    "JSONEncoder": INSTEAD["json_encoder"],
    "JSONDecoder": INSTEAD["json_decoder"],
    "safe_join": "werkzeug.utils.safe_join",
    "FlaskClient": "quart.testing.QuartClient",
    "FlaskCliRunner": "quart.testing.QuartCliRunner",
    "FlaskGroup": "quart.cli.QuartGroup",
    "EnvironBuilder": "the arguments of QuartClient.open",
    "TaggedJSONSerializer": "quart.json.tag.TaggedJSONSerializer",
}
"""Of the modules of Flask, the names that Quart has not under the same address."""

OF_WSGI = {
    "application": (known.REQUEST, "quart.current_app"),
    "call_on_close": (known.RESPONSE, "after_this_request, or app.add_background_task"),
    "environ": (known.REQUEST, "request.scope, request.headers"),
    "from_app": (known.RESPONSE, "the ASGI application, by its test client"),
    "from_values": (known.REQUEST, "the test client"),
    "get_app_iter": (known.RESPONSE, "await response.get_data()"),
    "get_cookie": (known.CLIENT, "client.cookie_jar"),
    "get_wsgi_headers": (known.RESPONSE, "response.headers"),
    "get_wsgi_response": (known.RESPONSE, "await response.get_data()"),
    "input_stream": (known.REQUEST, "async for over request.body"),
    "is_multiprocess": (known.REQUEST, "the server's configuration"),
    "is_multithread": (known.REQUEST, "nothing: one thread, with an event loop"),
    "is_run_once": (known.REQUEST, "nothing: it is never so"),
    "is_streamed": (known.RESPONSE, "what made the response"),
    "iter_encoded": (known.RESPONSE, "async for over response.response"),
    "remote_user": (known.REQUEST, "a header of the proxy in front"),
}
"""Of Flask's request, response and test client, what Quart's have not."""


@RULE.check(ast.Attribute, names=set(OF_WSGI))
def of_wsgi(node: ast.Attribute, code: Code) -> Iterator[Hit]:
    owner, instead = OF_WSGI[node.attr]
    if found := code.instance_of(node.value, owner):
        message = f"There is no `{code.text(node)}` in Quart."
        yield Hit(node, message, instead, confidence=found.confidence)


@RULE.check(ast.Attribute, names=set(INSTEAD))
def looked_at(node: ast.Attribute, code: Code) -> Iterator[Hit]:
    owner = code.instance_of(node.value, known.FLASK, known.BLUEPRINT)
    if owner is None and not any(f"flask.{node.attr}" == name for name in code.names(node)):
        return
    is_set = isinstance(node.ctx, ast.Store)
    yield Hit(
        node,
        f"Nobody reads `{code.text(node)}`." if is_set else f"There is no `{code.text(node)}`.",
        INSTEAD[node.attr],
        severity=Severity.SILENT if is_set else None,
    )


@RULE.check(ast.Attribute, names={"JSONEncoder", "JSONDecoder"})
def of_a_module(node: ast.Attribute, code: Code) -> Iterator[Hit]:
    if f"flask.json.{node.attr}" in code.names(node):
        yield Hit(node, f"There is no `{code.text(node)}`.", IMPORTS[node.attr])


@RULE.check(ast.ImportFrom, names={"flask"})
def imported(node: ast.ImportFrom, code: Code) -> Iterator[Hit]:
    del code
    for alias in node.names:
        if alias.name in IMPORTS:
            yield Hit(node, f"Quart has no `{node.module}.{alias.name}`.", IMPORTS[alias.name])

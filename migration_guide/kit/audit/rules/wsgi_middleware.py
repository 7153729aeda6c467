"""A middleware is WSGI's.

## What it does

Finds `app.wsgi_app`, Werkzeug's `ProxyFix` and `DispatcherMiddleware`, and classes and functions
that are called with `environ` and `start_response`.

## Why it matters

Quart has no `wsgi_app`: its twin, `asgi_app`, is called with `scope`, `receive` and `send`. What
wraps the one cannot wrap the other.

## Example

```python
app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)
```

## Use instead

```python
app.asgi_app = ProxyFixMiddleware(app.asgi_app, mode="legacy", trusted_hops=1)
```

## Known problems

A middleware from another package is found where it wraps the application, by its `wsgi_app`.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit import known
from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.module import (
    FunctionNode,
    ancestors,
    body_of,
    enclosing_function,
    parameters,
)
from migration_guide.kit.audit.rules.base import Hit, Rule

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.BREAKING,
    phase=Phase.DEPLOYMENT,
    mechanical=False,
    instead="an ASGI middleware around asgi_app, or before_request and after_request",
)

INSTEAD = {
    "ProxyFix": "hypercorn.middleware.ProxyFixMiddleware",
    "DispatcherMiddleware": "hypercorn.middleware.DispatcherMiddleware",
    "SharedDataMiddleware": "static_folder, or the web server",
    "ProfilerMiddleware": "",
}
MODULES = ("werkzeug.middleware.", "werkzeug.wsgi.", "werkzeug.contrib.")
WSGI = ["environ", "start_response"]


@RULE.check(ast.Attribute, names={"wsgi_app"})
def wrapped(node: ast.Attribute, code: Code) -> Iterator[Hit]:
    is_set = isinstance(node.ctx, ast.Store)
    if not is_set and (
        _is_wrapped_here(node) or not _is_flask(node.value, code) or not _is_first(node)
    ):
        return
    yield Hit(node, f"`{code.text(node)}`: Quart has `asgi_app`.", instead=_instead(node, code))


def _is_flask(node: ast.expr, code: Code) -> bool:
    return code.instance_of(node, known.FLASK) is not None


def _is_first(node: ast.Attribute) -> bool:
    """Whether the function, a test mostly, has not looked at it before."""
    around = enclosing_function(node)
    return around is None or next(filter(_is_wsgi_app, body_of(around))) is node


def _is_wrapped_here(node: ast.AST) -> bool:
    """Whether it stands in ``app.wsgi_app = Middleware(app.wsgi_app)``, which is one finding."""
    statement = next((one for one in ancestors(node) if isinstance(one, ast.stmt)), None)
    return isinstance(statement, ast.Assign) and any(map(_is_wsgi_app, statement.targets))


def _is_wsgi_app(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "wsgi_app"


def _instead(node: ast.AST, code: Code) -> str:
    statement = next((one for one in ancestors(node) if isinstance(one, ast.stmt)), node)
    calls = [one for one in ast.walk(statement) if isinstance(one, ast.Call)]
    return next((found for call in calls if (found := INSTEAD.get(_known(call, code)))), "")


def _known(call: ast.Call, code: Code) -> str:
    """The last name of a middleware of Werkzeug's."""
    for name in code.names(call.func):
        if name.startswith(MODULES):
            return name.rpartition(".")[2]
    return ""


@RULE.check(ast.Call, names=set(INSTEAD))
def made(node: ast.Call, code: Code) -> Iterator[Hit]:
    name = _known(node, code)
    if name in INSTEAD and not _is_wrapped_here(node):
        yield Hit(node, f"`{name}` is WSGI middleware.", instead=INSTEAD[name])


@RULE.check(ast.FunctionDef)
def defined(node: ast.FunctionDef, _: Code) -> Iterator[Hit]:
    if [one.arg for one in parameters(node)][-2:] == WSGI and not _is_inside_another(node):
        yield Hit(node, f"`{node.name}` is called as WSGI calls an application.")


def _is_inside_another(node: ast.AST) -> bool:
    return any(
        [one.arg for one in parameters(above)][-2:] == WSGI
        for above in ancestors(node)
        if isinstance(above, FunctionNode)
    )

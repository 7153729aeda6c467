"""Something is made of a Flask extension.

## What it does

Finds where the objects of an extension are made and bound to the application, what is registered
with them, and classes that inherit from the extension's. Of an extension without a port to Quart it
finds its decorators and the calls of its objects' methods too.

## Why it matters

The decision is about the extension, and its import is the finding for it. These are the places that
follow the decision.

## Example

```python
login_manager = LoginManager()
login_manager.init_app(app)
```

## Use instead

```python
auth_manager = QuartAuth()
auth_manager.init_app(app)
```

## Known problems

An object that is kept where it cannot be followed, such as in a dict, is not seen.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit import known
from migration_guide.kit.audit.code import Code, constant
from migration_guide.kit.audit.extension import package_for_flask
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.module import FunctionNode
from migration_guide.kit.audit.project import terminal
from migration_guide.kit.audit.rules.base import Hit, Rule
from migration_guide.kit.audit.values import Kind

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.BREAKING,
    phase=Phase.FRAMEWORK,
    mechanical=True,
    instead="what takes the extension's place: see the finding at its import",
)

OTHERS = frozenset({"flask_sqlalchemy", "flask_sqlalchemy_lite", "flask_mail", "flask_redis"})
"""Whose uses other rules report."""
PORTED = frozenset(
    {
        *("flask_babel", "flask_bcrypt", "flask_caching", "flask_compress", "flask_cors"),
        *("flask_limiter", "flask_login", "flask_session", "flask_uploads", "flask_wtf"),
    }
)
"""With a port whose functions and decorators bear the same names."""

OF_OTHER_ARGUMENTS = frozenset({"login_user", "login_fresh", "confirm_login"})
"""Functions of Flask-Login that are not there, or take an `AuthUser`."""


def _origin(node: ast.expr, code: Code, kind: Kind) -> str:
    """The extension that a name, a class or an object comes from; a class, by way of its bases."""
    for value in code.values(node):
        if value.kind is not kind:
            continue
        names = code.models.ancestry(value.name) if kind is Kind.CLASS else (value.name,)
        for name in names:
            package = package_for_flask(name)
            if package and package not in OTHERS and not known.canonical(name).startswith("flask."):
                return package
    return ""


def _of_object(node: ast.expr, code: Code) -> str:
    """The extension whose object's method this is."""
    return _origin(node.value, code, Kind.INSTANCE) if isinstance(node, ast.Attribute) else ""


def _hit(node: ast.AST, what: ast.AST, package: str, code: Code) -> Hit:
    return Hit(node, f"`{code.text(what)}` is of `{package}`.")


@RULE.check(ast.Call)
def called(node: ast.Call, code: Code) -> Iterator[Hit]:
    name = terminal(node.func)
    if name.startswith("__"):
        return
    if not (package := _of_object(node.func, code)):
        # Of functions, those that are written as decorators are enough.
        is_told = name[:1].isupper() or name in OF_OTHER_ARGUMENTS
        package = _origin(node.func, code, Kind.EXTERNAL) if is_told else ""
    elif package in PORTED and name != "init_app":
        return
    if package:
        yield _hit(node, node.func, package, code)


@RULE.check(ast.Subscript)
def kept_by_the_application(node: ast.Subscript, code: Code) -> Iterator[Hit]:
    """`current_app.extensions["migrate"]`, as in Flask-Migrate's `env.py`."""
    if terminal(node.value) == "extensions" and constant(node.slice) == "migrate":
        yield _hit(node, node, "flask_migrate", code)


@RULE.check(ast.FunctionDef, ast.AsyncFunctionDef)
def decorated(node: FunctionNode, code: Code) -> Iterator[Hit]:
    function = code.project.function(node)
    for called in function.decorators if function else ():
        package = _origin(called, code, Kind.EXTERNAL)
        if package in PORTED:
            continue
        if package := package or _of_object(called, code):
            yield _hit(called, called, package, code)


@RULE.check(ast.ClassDef)
def inherited(node: ast.ClassDef, code: Code) -> Iterator[Hit]:
    for base in node.bases:
        package = _origin(base, code, Kind.EXTERNAL)
        between = "" if package else _origin(base, code, Kind.CLASS)
        # A form of a form changes with its base alone.
        if package := package or (between if between not in PORTED else ""):
            yield _hit(node, base, package, code)

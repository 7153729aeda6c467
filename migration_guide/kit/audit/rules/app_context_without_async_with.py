"""The application's context is entered with `async with`.

## What it does

Finds `with app.app_context()` and `with app.test_request_context()`, also where the context is kept
under a name, and its `push()` and `pop()`.

## Why it matters

In Quart they are asynchronous context managers: `with` fails. `push()` and `pop()` are coroutines.

## Example

```python
with app.app_context():
    seed()
```

## Use instead

```python
async with app.app_context():
    await seed()
```

## Known problems

None known.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit import known
from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Confidence, Phase, Severity
from migration_guide.kit.audit.module import parent
from migration_guide.kit.audit.project import terminal
from migration_guide.kit.audit.rules.base import Hit, Rule

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.BREAKING,
    phase=Phase.FRAMEWORK,
    mechanical=True,
    instead="async with app.app_context()",
)


@RULE.check(ast.Call, names={"app_context", "test_request_context"})
def entered(node: ast.Call, code: Code) -> Iterator[Hit]:
    if not isinstance(node.func, ast.Attribute) or code.is_awaited(node):
        return
    receiver = node.func.value
    app = code.instance_of(receiver, known.FLASK, "quart.Quart")
    # No other object has such a method; the name says enough where it cannot be followed.
    by_name = terminal(receiver) in {"app", "application", "current_app", "flask_app"} and not any(
        value.name in code.project.classes for value in code.values(receiver)
    )
    if app is not None and isinstance(parent(node), ast.Assign):
        return  # to make one is the same; where it is entered is told
    if app is not None or by_name:
        message = f"`{code.text(node)}` is an asynchronous context manager in Quart."
        confidence = app.confidence if app is not None else Confidence.LIKELY
        yield Hit(node, message, confidence=confidence, awaits=True)


@RULE.check(ast.Call, names={"session_transaction"})
def of_a_client(node: ast.Call, code: Code) -> Iterator[Hit]:
    if not isinstance(node.func, ast.Attribute) or code.is_awaited(node):
        return
    if client := code.instance_of(node.func.value, known.CLIENT, "quart.testing.QuartClient"):
        message = f"`{code.text(node)}` is an asynchronous context manager in Quart."
        yield Hit(node, message, "async with", confidence=client.confidence, awaits=True)


@RULE.check(ast.With)
def entered_later(node: ast.With, code: Code) -> Iterator[Hit]:
    for item in node.items:
        kept = item.context_expr
        found = code.instance_of(kept, known.CONTEXT)
        if found is not None and not isinstance(kept, ast.Call):
            message = f"`{code.text(kept)}` is an asynchronous context manager in Quart."
            yield Hit(kept, message, confidence=found.confidence, awaits=True)


@RULE.check(ast.Call, names={"push", "pop"})
def pushed(node: ast.Call, code: Code) -> Iterator[Hit]:
    if not isinstance(node.func, ast.Attribute) or code.is_awaited(node):
        return
    found = code.instance_of(node.func.value, known.CONTEXT)
    if found is not None and not isinstance(node.func.value, ast.Call):
        message = f"`{code.text(node)}` has to be awaited in Quart."
        yield Hit(node, message, "await it", confidence=found.confidence, awaits=True)

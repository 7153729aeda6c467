"""A thread or a scheduler is given a function that becomes a coroutine function.

## What it does

Finds `threading.Thread`, `threading.Timer`, executors' `submit` and `map`, and schedulers'
`add_job` and `scheduled_job`, and classes made from `Thread`, whose function uses the database or
the application's context, by itself or in what it calls first.

## Why it matters

Such a function becomes `async def`. A thread that is given one calls it, gets a coroutine, and
throws it away: the work is never done, and nothing fails. A session must not be shared with another
thread or task either.

## Example

```python
Thread(target=send_confirmation, args=(app, order_id)).start()
```

## Use instead

```python
app.add_background_task(send_confirmation, order_id)
```

## Known problems

Functions that a scheduler finds by a text are not followed.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit.code import Code, argument
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.module import body_of
from migration_guide.kit.audit.project import Function, terminal
from migration_guide.kit.audit.rules.base import Hit, Rule
from migration_guide.kit.audit.values import Kind

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.SILENT,
    phase=Phase.FRAMEWORK,
    mechanical=False,
    instead="app.add_background_task, or a task of the event loop",
)

PLACES = {
    "Thread": (1, "target"),
    "Timer": (1, "function"),
    "submit": (0, "fn"),
    "add_job": (0, "func"),
    "start_new_thread": (0, "function"),
    "start_background_task": (0, "target"),
}
"""Where the function stands among the arguments."""
MAKERS = frozenset({"threading.Thread", "threading.Timer", "_thread.start_new_thread"})
OWNERS = ("concurrent.futures.", "apscheduler.", "flask_apscheduler.", "flask_socketio.")


@RULE.check(ast.Call, names=set(PLACES))
def started(node: ast.Call, code: Code) -> Iterator[Hit]:
    target = argument(node, *PLACES[terminal(node.func)])
    if target is None or not _starts(node.func, code):
        return
    for value in code.values(target):
        if value.kind is not Kind.FUNCTION:
            continue
        for function in code.functions(value):
            if _awaits(function, code, deeper=True):
                name = function.node.name
                yield Hit(
                    node,
                    f"`{name}` becomes asynchronous: called in a thread it does nothing, and"
                    " nothing fails.",
                    confidence=value.confidence,
                )
                return


@RULE.check(ast.FunctionDef)
def defined(node: ast.FunctionDef, code: Code) -> Iterator[Hit]:
    """`run` of a class made from `Thread`, and what a scheduler's decorator registers."""
    function = code.project.function(node)
    if function is None:
        return
    is_run = (
        node.name == "run"
        and function.owner is not None
        and code.models.is_instance(function.owner.name, "threading.Thread", "threading.Timer")
    )
    is_job = any(
        terminal(decorator) in SCHEDULING and _starts(decorator, code)
        for decorator in function.decorators
    )
    if (is_run or is_job) and _awaits(function, code, deeper=True):
        what = "in a thread" if is_run else "by a scheduler"
        message = (
            f"`{node.name}` becomes asynchronous: called {what} it does nothing, and nothing fails."
        )
        yield Hit(node, message)


SCHEDULING = frozenset({"scheduled_job", "task", "interval_schedule"})


def _starts(function: ast.expr, code: Code) -> bool:
    if code.names(function) & MAKERS:
        return True
    return isinstance(function, ast.Attribute) and any(
        value.kind is Kind.INSTANCE and value.name.startswith(OWNERS)
        for value in code.values(function.value)
    )


def _awaits(function: Function, code: Code, *, deeper: bool) -> bool:
    """Whether it asks the database, or has the application's context."""
    if function.is_decorated("copy_current_request_context"):
        return True  # which gives a coroutine function in Quart
    inside = Code(function.module, code.inference)
    for node in body_of(function.node):
        if isinstance(node, ast.Attribute) and node.attr == "query":
            return True
        if not isinstance(node, ast.Call):
            continue
        if terminal(node.func) in {"app_context", "test_request_context"}:
            return True
        if isinstance(node.func, ast.Attribute) and inside.session(node.func.value):
            return True
        if deeper and any(_awaits(one, code, deeper=False) for one in inside.calls(node)):
            return True
    return False

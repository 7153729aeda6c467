"""A request changes a global variable.

## What it does

Finds `global`, and changes of a dict, a list or a set at a module's top level, in views, hooks, and
what they call.

## Why it matters

In threads such a variable needed a lock. In an event loop it needs none between two awaits, and is
changed by other requests at each `await`: what was read before is no longer so after it. Each
worker process has one of its own, as before.

## Example

```python
def next_number():
    global counter
    counter += 1
```

## Use instead

```python
async def next_number(session):
    return await session.scalar(text("SELECT nextval('numbers')"))
```

## Known problems

A variable that is only set once, as a cache, works as it did. One of another module is not seen.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.module import Bound, enclosing_function
from migration_guide.kit.audit.project import terminal
from migration_guide.kit.audit.rules.base import Hit, Rule

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.ADVICE,
    phase=Phase.FRAMEWORK,
    mechanical=False,
    instead="let no await come between reading and writing it, or keep it in the database",
)


CHANGING = frozenset(
    {
        *("add", "append", "appendleft", "clear", "discard", "extend", "insert", "pop", "popitem"),
        *("popleft", "remove", "setdefault", "update"),
    }
)
CONTAINERS = frozenset({"dict", "list", "set", "defaultdict", "OrderedDict", "Counter", "deque"})


def _hit(node: ast.AST, name: str) -> Hit:
    message = f"`{name}` is changed by requests, which take turns at each await."
    return Hit(node, message, in_requests=True)


@RULE.check(ast.Global)
def changed(node: ast.Global, code: Code) -> Iterator[Hit]:
    del code
    yield _hit(node, ", ".join(node.names))


@RULE.check(ast.Subscript)
def entry(node: ast.Subscript, code: Code) -> Iterator[Hit]:
    if isinstance(node.ctx, ast.Store | ast.Del) and _is_container(node.value, code):
        yield _hit(node, code.text(node.value))


@RULE.check(ast.Call, names=set(CHANGING))
def method(node: ast.Call, code: Code) -> Iterator[Hit]:
    if isinstance(node.func, ast.Attribute) and _is_container(node.func.value, code):
        yield _hit(node, code.text(node.func.value))


def _is_container(node: ast.expr, code: Code) -> bool:
    """Whether it is a dict, a list or a set that the module makes once, for all requests."""
    around = enclosing_function(node)
    if not isinstance(node, ast.Name) or around is None:
        return False
    if node.id in code.module.bindings(around):
        return False
    bindings = code.module.bindings(code.module.tree).get(node.id, [])
    return bool(bindings) and all(
        one.how is Bound.VALUE and one.index is None and _makes_container(one.node)
        for one in bindings
    )


def _makes_container(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return terminal(node.func) in CONTAINERS
    return isinstance(node, ast.Dict | ast.List | ast.Set | ast.DictComp | ast.ListComp)

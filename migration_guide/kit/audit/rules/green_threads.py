"""Green threads are used: gevent or eventlet.

## What it does

Finds imports of gevent, eventlet and psycogreen, where they patch or start something, and their
names in what starts the application.

## Why it matters

They replace the standard library's sockets, locks and threads, on which asyncio is built: an event
loop is what they have instead. What they were there for, asyncio does.

## Example

```python
from gevent import monkey

monkey.patch_all()
```

## Use instead

```python
# nothing; gevent.spawn(f) becomes app.add_background_task(f)
```

## Known problems

Workers of a queue that stay as they are may keep theirs.
"""

import ast
import re
from collections.abc import Iterator

from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.rules.base import Hit, Rule
from migration_guide.kit.audit.texts import Text

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.BREAKING,
    phase=Phase.DEPLOYMENT,
    mechanical=False,
    instead="asyncio, under hypercorn",
)

PACKAGES = {"gevent", "eventlet", "psycogreen"}
CALLS = {"patch_all", "patch_psycopg", "make_psycopg_green", "monkey_patch", "spawn", "joinall"}
NAME = re.compile(r"\b(?:gevent|eventlet)\b", re.IGNORECASE)


@RULE.check(ast.Import, ast.ImportFrom, names=PACKAGES)
def imported(node: ast.Import | ast.ImportFrom, code: Code) -> Iterator[Hit]:
    yield Hit(node, f"`{code.text(node)}`: it does not go with asyncio.")


@RULE.check(ast.Call, names=CALLS)
def called(node: ast.Call, code: Code) -> Iterator[Hit]:
    for name in code.names(node.func):
        if name.partition(".")[0] in PACKAGES:
            yield Hit(node, f"`{code.text(node.func)}`: it does not go with asyncio.")


@RULE.check(ast.Assign)
def worker_class(node: ast.Assign, _: Code) -> Iterator[Hit]:
    """In the configuration of gunicorn, which is Python."""
    match node:
        case ast.Assign(
            targets=[ast.Name(id="worker_class")], value=ast.Constant(value=str(value))
        ) if NAME.search(value):
            yield Hit(node, f"A `{value}` worker does not run an ASGI application.")
        case _:
            pass


@RULE.check_text
def started(text: Text) -> Iterator[Hit]:
    for number, line in enumerate(text.lines if not text.is_requirements else (), start=1):
        found = NAME.search(line.partition("#")[0])
        if found is not None and " install " not in line:
            yield Hit(number, f"`{found.group()}` does not go with asyncio.")

"""A session interface of one's own is run in a thread.

## What it does

Finds `open_session` and `save_session`, written with `def`, in subclasses of Flask's
`SessionInterface` and `SecureCookieSessionInterface`.

## Why it matters

Quart runs a plain one in a thread, twice for each request, with a copy of the context: there it
cannot await anything, and must not touch an `AsyncSession`. As a coroutine function it needs no
thread.

## Example

```python
class RedisSessions(SessionInterface):
    def open_session(self, app, request): ...
```

## Use instead

```python
class RedisSessions(SessionInterface):
    async def open_session(self, app, request): ...
```

## Known problems

None known.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.project import Class
from migration_guide.kit.audit.rules.base import Hit, Rule

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.ADVICE,
    phase=Phase.FRAMEWORK,
    mechanical=True,
    instead="async def",
)

INTERFACES = ("flask.sessions.SessionInterface", "flask.sessions.SecureCookieSessionInterface")


@RULE.check(ast.FunctionDef, names={"open_session", "save_session"})
def method(node: ast.FunctionDef, code: Code) -> Iterator[Hit]:
    function = code.project.function(node)
    owner: Class | None = function.owner if function else None
    if owner is not None and code.models.is_instance(owner.name, *INTERFACES):
        yield Hit(node, f"Quart would run `{node.name}` in a thread, for each request.")

"""A view computes a password's hash in the event loop.

## What it does

Finds Werkzeug's `generate_password_hash` and `check_password_hash`, bcrypt's functions, and
the methods of passlib and Flask-Bcrypt, in views, hooks, and what they call.

## Why it matters

A password's hash is slow by intent: tens of milliseconds of processor time. In an event loop no
other request goes on meanwhile.

## Example

```python
matches = check_password_hash(user.password_hash, password)
```

## Use instead

```python
matches = await asyncio.to_thread(check_password_hash, user.password_hash, password)
```

## Known problems

None known.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.rules.base import Hit, Rule

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.ADVICE,
    phase=Phase.FRAMEWORK,
    mechanical=False,
    instead="await asyncio.to_thread(function, ...)",
)


BLOCKING = frozenset(
    {
        "bcrypt.checkpw",
        "bcrypt.hashpw",
        "werkzeug.security.check_password_hash",
        "werkzeug.security.generate_password_hash",
    }
)


PASSLIB = {"hash", "verify", "encrypt"}


@RULE.check(ast.Call, names={*PASSLIB, *(name.rpartition(".")[2] for name in BLOCKING)})
def blocking_call(node: ast.Call, code: Code) -> Iterator[Hit]:
    is_method = isinstance(node.func, ast.Attribute) and code.instance_of(
        node.func.value, "flask_bcrypt.Bcrypt"
    )
    names = code.names(node.func)
    is_one = is_method or names & BLOCKING or any(one.startswith("passlib.") for one in names)
    if is_one and code.function(node) is not None:
        yield Hit(
            node,
            f"`{code.text(node.func)}` computes for long, and no other request goes on meanwhile.",
            in_requests=True,
            computes=True,
        )

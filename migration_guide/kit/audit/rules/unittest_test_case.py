"""Tests of `unittest.TestCase` whose methods become async pass without being run.

## What it does

Finds subclasses of `unittest.TestCase`, and of Flask-Testing's, that use a test client, an
application's context or a session.

## Why it matters

`TestCase` calls a method and throws away what it returns. Of an `async def` that is a coroutine: no
line of the test runs, and the test passes, with a `DeprecationWarning`.

## Example

```python
class OrdersTest(unittest.TestCase):
    def test_index(self):
        self.assertEqual(self.client.get("/").status_code, 200)
```

## Use instead

```python
async def test_index(client):
    assert (await client.get("/")).status_code == 200
```

## Known problems

`unittest.IsolatedAsyncioTestCase` runs them, each in an event loop of its own: an engine has to be
disposed of in each.
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
    severity=Severity.SILENT,
    phase=Phase.TESTS,
    mechanical=False,
    instead="functions of pytest with pytest-asyncio, or unittest.IsolatedAsyncioTestCase",
)

CASES = frozenset({"unittest.TestCase", "unittest.case.TestCase", "flask_testing.TestCase"})


@RULE.check(ast.ClassDef)
def made(node: ast.ClassDef, code: Code) -> Iterator[Hit]:
    for base in node.bases:
        if code.names(base) & CASES and _uses_the_application(node, code):
            yield Hit(
                base,
                f"An async method of `{node.name}` is not run, and passes.",
            )


def _uses_the_application(node: ast.ClassDef, code: Code) -> bool:
    for one in ast.walk(node):
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute):
            if one.func.attr in {"test_client", "app_context", "test_request_context"}:
                return True
            owner = one.func.value
            if code.instance_of(owner, known.CLIENT) or code.session(owner):
                return True
    return False

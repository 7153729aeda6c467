"""An argument of Flask's test client that Quart's has not.

## What it does

Finds requests of Flask's test client, and `test_request_context()`, with `content_type`,
`mimetype`, `base_url`, `environ_base`, `environ_overrides` and others that Werkzeug makes a WSGI
environment of.

## Why it matters

Quart's client makes an ASGI scope, and takes headers: each of these ends in a `TypeError`.

## Example

```python
client.post("/orders", data=text, content_type="application/json")
```

## Use instead

```python
await client.post("/orders", data=text, headers={"Content-Type": "application/json"})
```

## Known problems

Arguments that are handed on as `**kwargs` are not seen.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit import known
from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.rules.base import Hit, Rule
from migration_guide.kit.audit.rules.test_client_without_await import VERBS

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.BREAKING,
    phase=Phase.TESTS,
    mechanical=True,
    instead="headers=, scheme=, scope_base=",
)

INSTEAD = {
    "base_url": 'headers={"Host": …}, and scheme=',
    "buffered": "nothing: the body is read when it is awaited",
    "content_length": "nothing: it is counted",
    "content_type": 'headers={"Content-Type": …}',
    "environ_base": 'scope_base={"client": (address, port)} for REMOTE_ADDR; headers= for HTTP_…',
    "environ_overrides": 'scope_base={"client": (address, port)}; headers= for HTTP_…',
    "errors_stream": "nothing",
    "input_stream": "data=",
    "mimetype": 'headers={"Content-Type": …}',
    "multiprocess": "nothing",
    "multithread": "nothing",
    "run_once": "nothing",
}


@RULE.check(ast.Call, names={*VERBS, "test_request_context"})
def given(node: ast.Call, code: Code) -> Iterator[Hit]:
    if not isinstance(node.func, ast.Attribute):
        return
    refused = [one for one in node.keywords if one.arg in INSTEAD]
    if not refused:
        return
    of = known.FLASK if node.func.attr == "test_request_context" else known.CLIENT
    if found := code.instance_of(node.func.value, of):
        for one in refused:
            message = f"Quart's `{node.func.attr}()` takes no `{one.arg}`."
            yield Hit(one, message, INSTEAD[one.arg or ""], confidence=found.confidence)

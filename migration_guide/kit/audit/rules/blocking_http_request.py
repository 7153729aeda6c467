"""A view waits for another service in a call that blocks.

## What it does

Finds calls of `requests`, `urllib.request.urlopen` and httpx's synchronous functions in views,
hooks, and what they call.

## Why it matters

In a thread of gunicorn such a call holds up one request. In an event loop it holds up all requests
of the process: nothing fails, everything becomes slow.

## Example

```python
def show_rate():
    return jsonify(requests.get(RATES, timeout=5).json())
```

## Use instead

```python
async def show_rate():
    async with httpx.AsyncClient(timeout=5) as client:
        return jsonify((await client.get(RATES)).json())
```

## Known problems

The libraries of vendors, which call services for you, are not known to it.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.rules.base import Hit, Rule

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.SILENT,
    phase=Phase.FRAMEWORK,
    mechanical=False,
    instead="an asynchronous client, such as httpx.AsyncClient, or asyncio.to_thread",
)


VERBS = ("get", "post", "put", "patch", "delete", "head", "options", "request")
BLOCKING = frozenset(
    {
        "urllib.request.urlopen",
        "urllib.request.urlretrieve",
        *(f"{package}.{verb}" for package in ("requests", "httpx") for verb in VERBS),
    }
)
CLIENTS = (
    "requests.Session",
    "requests.session",
    "httpx.Client",
    "requests_oauthlib.OAuth1Session",
    "requests_oauthlib.OAuth2Session",
)


@RULE.check(ast.Call, names={*VERBS, "urlopen", "urlretrieve"})
def blocking_call(node: ast.Call, code: Code) -> Iterator[Hit]:
    is_method = isinstance(node.func, ast.Attribute) and code.instance_of(node.func.value, *CLIENTS)
    if is_method or code.names(node.func) & BLOCKING:
        yield Hit(
            node,
            f"`{code.text(node.func)}` waits without letting other requests go on.",
            in_requests=True,
        )

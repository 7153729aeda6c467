"""A view asks another server, by a client that blocks.

## What it does

Finds calls of clients of Redis, SMTP, AWS, Elasticsearch, MongoDB, LDAP, memcached and SSH, and of
Flask-Mail, RQ and Celery's `delay`, in views, hooks, and what they call.

## Why it matters

In a thread of gunicorn such a call holds up one request. In an event loop it holds up all requests
of the process: nothing fails, everything becomes slow when the other server does.

## Example

```python
redis_client = redis.Redis()


def visits():
    return str(redis_client.incr("visits"))
```

## Use instead

```python
redis_client = redis.asyncio.Redis()


async def visits():
    return str(await redis_client.incr("visits"))
```

## Known problems

Only clients that are made where they can be followed are found.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.rules.base import Hit, Rule
from migration_guide.kit.audit.values import Kind

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.SILENT,
    phase=Phase.FRAMEWORK,
    mechanical=False,
    instead="the client's asynchronous twin, or asyncio.to_thread",
)

PACKAGES = frozenset(
    {
        *("redis", "rq", "smtplib", "boto3", "botocore", "elasticsearch", "pymongo", "ldap"),
        *("ldap3", "pymemcache", "memcache", "paramiko", "flask_mail", "flask_redis", "ftplib"),
        *("pika", "kafka", "stripe", "twilio", "sendgrid", "googleapiclient"),
    }
)
HARMLESS = frozenset(
    {"init_app", "close", "pipeline", "register_script", "lock", "set_debuglevel", "attach"}
)
"""Methods that ask nobody."""
MODULES = frozenset({"rq", "stripe", "boto3", "ldap"})
"""Packages that ask in what is called on classes, or on the module itself."""


@RULE.check(ast.Call)
def called(node: ast.Call, code: Code) -> Iterator[Hit]:
    function = node.func
    if not isinstance(function, ast.Attribute) or function.attr in HARMLESS:
        return
    if function.attr[:1].isupper() or function.attr.startswith("_"):
        return
    for value in code.values(function.value):
        package = value.name.partition(".")[0]
        is_asked = value.kind is Kind.INSTANCE or (
            value.kind is Kind.EXTERNAL and package in MODULES and "." in value.name
        )
        if package in PACKAGES and is_asked and "asyncio" not in value.name:
            yield Hit(
                node,
                f"`{code.text(function)}` asks another server, and lets no other request go on.",
                confidence=value.confidence,
                in_requests=True,
            )
            return

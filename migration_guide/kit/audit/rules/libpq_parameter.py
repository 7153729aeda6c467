"""A connection parameter is libpq's.

## What it does

Finds the names of libpq's parameters in `connect_args` and in the query of a database URL.

## Why it matters

SQLAlchemy hands them to `asyncpg.connect()`, which does not know them: "connect() got an unexpected
keyword argument 'sslmode'".

## Example

```python
create_engine(url, connect_args={"sslmode": "require", "connect_timeout": 5})
```

## Use instead

```python
create_async_engine(url, connect_args={"ssl": "require", "timeout": 5})
```

## Known problems

`application_name` and `options` become `server_settings`; for keepalives and `tcp_user_timeout`
asyncpg has nothing. The kit's dialect, `postgresql+resilient_asyncpg`, takes all of them as they
are: a tree that names it has no such finding.
"""

import ast
import re
from collections.abc import Iterator

from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.module import parent
from migration_guide.kit.audit.rules.base import Hit, Rule
from migration_guide.kit.audit.settings import entries
from migration_guide.kit.audit.texts import Text

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.BREAKING,
    phase=Phase.DATABASE,
    mechanical=False,
    instead="`port-kit translate`; or the kit's dialect, which takes it as it is",
)

INSTEAD = {
    "sslmode": "ssl",
    "connect_timeout": "timeout",
    "application_name": "server_settings",
    "options": "server_settings",
}
PARAMETERS = frozenset(INSTEAD) | {
    "sslrootcert", "sslcert", "sslkey", "sslcrl", "sslpassword", "sslnegotiation",
    "client_encoding", "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count",
    "tcp_user_timeout", "gssencmode", "channel_binding", "fallback_application_name", "hostaddr",
    "requirepeer", "replication", "cursor_factory", "load_balance_hosts", "dbname",
}  # fmt: skip
"""Which psycopg2 takes, and `asyncpg.connect` does not."""

ADDED = frozenset({"sslmode", "sslrootcert", "connect_timeout"})
"""Which are known for libpq's where a query is added to a URL that comes from elsewhere."""
QUERY = re.compile(rf"[?&](?P<name>{'|'.join(sorted(PARAMETERS))})=")


def _hit(node: ast.AST | int, name: str) -> Hit:
    instead = f"asyncpg's {INSTEAD[name]}, or the kit's dialect" if name in INSTEAD else ""
    return Hit(node, f"`{name}` is libpq's; asyncpg does not know it.", instead=instead)


@RULE.check(ast.Dict, ast.Call)
def in_connect_args(node: ast.Dict | ast.Call, code: Code) -> Iterator[Hit]:
    names = [(name, place) for name, place, _ in entries(node) if name in PARAMETERS]
    if names and _named(node) == "connect_args" and not code.is_resilient:
        for name, place in names:
            yield _hit(place, name)


def _named(node: ast.expr) -> str:
    """What a dict is given as: a keyword, the entry of another dict, a name."""
    match parent(node):
        case ast.keyword(arg=str(name)):
            return name
        case ast.Dict() as holder:
            return next((name for name, _, value in entries(holder) if value is node), "")
        case ast.Assign(targets=[ast.Name(id=name) | ast.Attribute(attr=name)]):
            return name.lower()
        case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value=str(name)))]):
            return name.lower()
        case _:
            return ""


@RULE.check(ast.Constant)
def in_a_url(node: ast.Constant, code: Code) -> Iterator[Hit]:
    if not isinstance(node.value, str) or "=" not in node.value:
        return
    is_url = "postgres" in node.value and "://" in node.value
    is_added = node.value[:1] in {"?", "&"}
    for found in QUERY.finditer(node.value) if is_url or is_added else ():
        if (is_url or found["name"] in ADDED) and not code.is_resilient:
            yield _hit(node, found["name"])


@RULE.check_text
def in_a_file(text: Text) -> Iterator[Hit]:
    for number, line in enumerate(text.lines, start=1):
        is_url = "postgres" in line and "://" in line and "resilient_asyncpg" not in line
        if is_url and not line.lstrip().startswith("#"):
            for found in QUERY.finditer(line):
                yield _hit(number, found["name"])

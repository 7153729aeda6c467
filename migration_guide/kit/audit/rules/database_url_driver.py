"""A database URL names a driver that blocks, or none.

## What it does

Finds `postgresql://`, `postgres://` and `postgresql+psycopg2://` in Python, environment files,
Compose files and the like, and `replace("postgres://", …)`. Where it is plainly the application's
own URL (`SQLALCHEMY_DATABASE_URI`, `create_engine`) it finds those of other databases too.

## Why it matters

`create_async_engine` refuses a driver that blocks. SQLAlchemy 2.1 takes `postgresql://` to mean
psycopg 3, 2.0 takes it to mean psycopg2, and neither knows `postgres://`.

## Example

```python
SQLALCHEMY_DATABASE_URI = os.environ["DATABASE_URL"].replace("postgres://", "postgresql://")
```

## Use instead

```python
SQLALCHEMY_DATABASE_URI = make_url(os.environ["DATABASE_URL"]).set(drivername="postgresql+asyncpg")
```

## Known problems

A URL that comes from elsewhere, such as a secret store, is not seen. Other programs may read the
same variable: Celery's workers, `psql`.
"""

import ast
import re
from collections.abc import Iterator

from migration_guide.kit.audit.code import Code, argument, constant
from migration_guide.kit.audit.finding import Confidence, Phase, Severity
from migration_guide.kit.audit.module import ancestors, enclosing_function, parent
from migration_guide.kit.audit.project import terminal
from migration_guide.kit.audit.rules.base import Hit, Rule
from migration_guide.kit.audit.settings import SETTINGS, settings
from migration_guide.kit.audit.texts import Text

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.BREAKING,
    phase=Phase.DATABASE,
    mechanical=True,
    instead="postgresql+asyncpg://, or postgresql+resilient_asyncpg:// for psycopg2's parameters",
)

BLOCKING = re.compile(r"(?:postgres|postgresql(?:\+psycopg2)?)://(?=[^\s?])")
"""With something after it."""
OTHERS = re.compile(r"(?P<scheme>sqlite|(?:mysql|mariadb|oracle|mssql)(?:\+\w+)?)://")
ASYNC = {"aiosqlite", "aiomysql", "asyncmy", "aioodbc", "oracledb_async"}
URI = "SQLALCHEMY_DATABASE_URI"
DIRECT = {"connect", "create_pool", "startswith", "replace", "removeprefix", "dsn"}
"""Calls that take a URL for a driver of their own, or only look at it."""


@RULE.check(ast.Constant)
def written(node: ast.Constant, _: Code) -> Iterator[Hit]:
    if not isinstance(node.value, str) or not node.value.startswith("postgres"):
        return
    if node.value == "postgresql+psycopg2":
        yield Hit(node, "`postgresql+psycopg2` is a driver that blocks.")
    above = parent(node)
    is_continued = isinstance(above, ast.BinOp | ast.JoinedStr) and node is not _last(above)
    is_url = BLOCKING.match(f"{node.value}x" if is_continued else node.value)
    if is_url and not isinstance(above, ast.Expr) and not _is_for_another(node):
        scheme = node.value.partition("://")[0]
        yield Hit(node, f"`{scheme}://` is not asyncpg's.", confidence=Confidence.LIKELY)


def _last(node: ast.BinOp | ast.JoinedStr) -> ast.expr:
    return node.right if isinstance(node, ast.BinOp) else node.values[-1]


def _is_for_another(node: ast.AST) -> bool:
    """Whether it goes to a driver of its own, is only looked at, or is told to a reader."""
    for above in ancestors(node):
        match above:
            case ast.Call(func=function) if terminal(function) in DIRECT:
                return True
            case ast.keyword(arg="help" | "description"):
                return True
            case ast.stmt():
                break
            case _:
                pass
    return False


@RULE.check(ast.Call, names={"replace"})
def renamed(node: ast.Call, code: Code) -> Iterator[Hit]:
    given = [constant(one) for one in node.args]
    if len(given) < 2 or not (isinstance(given[0], str) and isinstance(given[1], str)):
        return
    is_idiom = given[0].startswith("postgres") and given[1].rstrip(":/") in {
        "postgresql",
        "postgresql+psycopg2",
    }
    if is_idiom and not _sets_the_driver(node, code):
        yield Hit(node, f"`{code.text(node)}` gives a URL that is not asyncpg's.")


def _sets_the_driver(node: ast.AST, code: Code) -> bool:
    """Whether the function sets the driver by its name afterwards."""
    around = enclosing_function(node) or code.module.tree
    return any(isinstance(one, ast.keyword) and one.arg == "drivername" for one in ast.walk(around))


@RULE.check(ast.Call, names={"create", "URL"})
def put_together(node: ast.Call, code: Code) -> Iterator[Hit]:
    """`URL.create("postgresql", …)`."""
    if not any(
        name.startswith("sqlalchemy.") and name.endswith((".URL", ".URL.create"))
        for name in code.names(node.func)
    ):
        return
    name = argument(node, 0, "drivername")
    if constant(name) in {"postgresql", "postgres"}:
        yield Hit(name or node, f"`{constant(name)}` is not asyncpg's.")


@RULE.check(*SETTINGS)
def configured(node: ast.AST, code: Code) -> Iterator[Hit]:
    """The URL of another database, where it is the application's."""
    values = [one.value for one in settings(node) if one.name == URI]
    if isinstance(node, ast.Call) and "sqlalchemy.create_engine" in code.names(node.func):
        values += node.args[:1]
    for value in values:
        for part in ast.walk(value):
            found = (
                OTHERS.match(part.value)
                if isinstance(part, ast.Constant) and isinstance(part.value, str)
                else None
            )
            if found and found["scheme"].rpartition("+")[2] not in ASYNC:
                yield Hit(
                    part,
                    f"`{found['scheme']}` names a driver that blocks.",
                    instead="the database that production has; for sqlite, sqlite+aiosqlite",
                )


LINE = re.compile(r"(?<![\w+/])(?P<scheme>postgres|postgresql(?:\+psycopg2)?)://\S")
SETTING = re.compile(
    r"^\s*(?:-\s*)?(?:export\s+|ENV\s+)?[\"']?[\w.]*(?:DATABASE|DB|SQLALCHEMY|POSTGRES|PG)[\w.]*[\"']?\s*[:=\s]",
    re.IGNORECASE,
)


@RULE.check_text
def in_a_file(text: Text) -> Iterator[Hit]:
    for number, line in enumerate(text.lines, start=1):
        found = LINE.search(line)
        is_comment = line.lstrip().startswith(("#", ";"))
        if found and not is_comment and SETTING.match(line):
            yield Hit(
                number, f"`{found['scheme']}://` is not asyncpg's.", confidence=Confidence.LIKELY
            )

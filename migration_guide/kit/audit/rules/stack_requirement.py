"""A package of the old stack is required.

## What it does

Finds Flask and its extensions, psycopg2, servers for WSGI, gevent, eventlet, pytest-flask, and
SQLAlchemy without its extra `asyncio` in lists of requirements, in `pyproject.toml`, `setup.py` and
behind `pip install`.

## Why it matters

The new stack has other packages. Without its extra, SQLAlchemy 2.1 comes without greenlet, which
its asynchronous engine needs. Give each a lower and an upper bound: Quart's minor versions change
what works, and each supports other versions of Python.

## Example

```text
Flask==3.1
Flask-SQLAlchemy==3.1
psycopg2-binary
```

## Use instead

```text
quart >=0.22, <0.24
sqlalchemy[asyncio] >=2.1, <2.2
asyncpg >=0.32, <0.33
```

## Known problems

WSGI servers are the matter of `wsgi-server`; extensions are found where they are imported. A list
that pip-compile or uv made is left out: what it is made of is found. Tools that stay synchronous
may go on to need psycopg2.
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
    mechanical=True,
    instead="with a lower and an upper bound",
)

INSTEAD = {
    "flask": "quart and hypercorn",
    "flask-sqlalchemy": "sqlalchemy[asyncio]",
    "psycopg2": "asyncpg",
    "psycopg2-binary": "asyncpg",
    "sqlalchemy": "sqlalchemy[asyncio]",
    "gevent": "",
    "eventlet": "",
    "psycogreen": "",
    "gunicorn": "hypercorn",
    "uwsgi": "hypercorn",
    "waitress": "hypercorn",
    "pytest-flask": "pytest-asyncio",
}
EXTENSION = r"flask-[a-z0-9][\w.-]*"
"""Any other package for Flask; the rules for its import say what to use instead."""
REQUIREMENT = re.compile(
    rf"(?P<name>{'|'.join(name.replace('-', '[-_.]') for name in INSTEAD)}|{EXTENSION})"
    r"(?P<extras>\s*\[[^]]*\])?(?=\s*(?:[<>=!~;,\"'\\@]|$))",
    re.IGNORECASE,
)
INLINE = re.compile(r"^\s*(?:[\w-]*dependencies|install_requires)\s*=\s*\[?(?P<given>.*)")
INSTALL = re.compile(r"\bpip3?\s+install\s+(?P<given>[^&|;#]+)")


def _hits(node: ast.AST | int, requirement: str) -> Iterator[Hit]:
    found = REQUIREMENT.match(requirement.strip().lstrip("\"'"))
    if found is None:
        return
    name = re.sub("[-_.]", "-", found["name"].lower())
    if name not in INSTEAD:
        message = f"`{found['name']}` is made for Flask."
        yield Hit(node, message, instead="see the finding where it is imported")
        return
    if name == "sqlalchemy" and "asyncio" in (found["extras"] or ""):
        return
    yield Hit(
        node,
        f"`{found['name']}` is of the old stack."
        if name != "sqlalchemy"
        else "SQLAlchemy's asynchronous engine needs the extra `asyncio`.",
        instead=f"{INSTEAD[name]}, with bounds" if INSTEAD[name] else "leave it out",
    )


@RULE.check_text
def listed(text: Text) -> Iterator[Hit]:
    if text.is_compiled:
        return
    for number, line in enumerate(text.lines, start=1):
        written = line.partition("#")[0]
        if not text.is_requirements:
            found = INSTALL.search(written)
            given = found["given"].split() if found else []
        elif found := INLINE.match(written):
            given = found["given"].split(",")
        else:
            given = [written]
        for one in given:
            yield from _hits(number, one)


@RULE.check(ast.keyword, names={"install_requires", "extras_require", "tests_require"})
def in_setup(node: ast.keyword, _: Code) -> Iterator[Hit]:
    for part in ast.walk(node.value):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield from _hits(part, part.value)

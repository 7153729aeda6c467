"""The service is started by a WSGI server.

## What it does

Finds `gunicorn`, `uwsgi`, `waitress-serve` and `flask run` in a Procfile, a Dockerfile, a script or
the like, and in lists of requirements; the configuration of gunicorn; and servers that Python
starts, such as `waitress.serve` and Werkzeug's `run_simple`.

## Why it matters

Quart is an ASGI application: a WSGI server cannot serve it.

## Example

```python
web: gunicorn --threads 16 app:app
```

## Use instead

```python
web: hypercorn app:app
```

## Known problems

The flags are not translated: threads become nothing, workers become processes with a pool each.
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
    instead="hypercorn",
)

SERVER = re.compile(
    r"(?:(?<![\w/.-])|(?<=/bin/))(?:gunicorn|uwsgi|waitress(?:-serve)?|flask\s+run)(?![\w/.-])",
    re.IGNORECASE,
)

MODULE = re.compile(r"\s*(?:module|wsgi-file)\s*=\s*\S+")
"""What uwsgi is to serve."""
CONFIGURATION = re.compile(r"gunicorn(?:[._-]?conf(?:ig)?)?\.py")


@RULE.check_text
def started(text: Text) -> Iterator[Hit]:
    if text.is_compiled:
        return
    for number, line in enumerate(text.lines, start=1):
        found = SERVER.search(line.partition("#")[0])
        if found is None and "uwsgi" in text.name:
            found = MODULE.match(line)
        if found is not None:
            yield Hit(number, f"`{found.group().strip()}` does not serve an ASGI application.")


SERVERS = {
    "werkzeug.serving.run_simple",
    "werkzeug.serving.make_server",
    "wsgiref.simple_server.make_server",
    "waitress.serve",
    "gevent.pywsgi.WSGIServer",
    "gevent.wsgi.WSGIServer",
    "eventlet.wsgi.server",
    "cheroot.wsgi.Server",
    "bjoern.run",
}


@RULE.check(ast.Call, names={name.rpartition(".")[2] for name in SERVERS})
def started_by_python(node: ast.Call, code: Code) -> Iterator[Hit]:
    for name in code.names(node.func) & SERVERS:
        yield Hit(node, f"`{name}` does not serve an ASGI application.")


@RULE.check(ast.Assign)
def configured(node: ast.Assign, code: Code) -> Iterator[Hit]:
    """The configuration of gunicorn: a finding for the file, at its first setting."""
    if CONFIGURATION.fullmatch(code.module.path.rpartition("/")[2]):
        first = next(one for one in code.module.tree.body if isinstance(one, ast.Assign))
        if node is first:
            yield Hit(node, "The configuration of gunicorn does not configure an ASGI server.")

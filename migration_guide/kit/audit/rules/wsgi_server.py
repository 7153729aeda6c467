"""The service is started by a WSGI server.

## What it does

Finds `gunicorn`, `uwsgi`, `waitress-serve` and `flask run` in a Procfile, a Dockerfile, a script or
the like, and in lists of requirements.

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

import re
from collections.abc import Iterator

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
    r"(?<![\w/.-])(?:gunicorn|uwsgi|waitress(?:-serve)?|flask\s+run)(?![\w/.-])", re.IGNORECASE
)


@RULE.check_text
def started(text: Text) -> Iterator[Hit]:
    for number, line in enumerate(text.lines, start=1):
        found = SERVER.search(line.partition("#")[0])
        if found is not None:
            yield Hit(number, f"`{found.group()}` does not serve an ASGI application.")

"""A command of Flask is run.

## What it does

Finds `flask db upgrade` and other commands than `flask run` in a Procfile, a Dockerfile, a script
or the like.

## Why it matters

The program `flask` looks for an application of Flask's. Quart has one of its own, `quart`, which
looks for Quart's; the migrations are Alembic's.

## Example

```text
release: flask db upgrade
```

## Use instead

```text
release: alembic upgrade head
```

## Known problems

Commands that Python runs are not seen.
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
    mechanical=True,
    instead="quart",
)

COMMAND = re.compile(
    r"""(?:^|[;&|:=(\["'@]|/bin/|^\s*-\s|\b(?:exec|then|do|RUN|CMD|ENTRYPOINT|run|-m)\s)\s*["']?
    flask(?:["']\s*,\s*["']|\s+)
    (?:--?[\w-]+(?:[\s=]\S+)?\s+)*?(?P<command>[a-z][\w-]*)(?![\w.=,])""",
    re.VERBOSE,
)
ENDS_A_COMMAND = re.compile(r"(?:[;&|]|\bthen|\bdo)\s*$")


@RULE.check_text
def started(text: Text) -> Iterator[Hit]:
    if text.is_requirements:
        return
    is_argument = False
    for number, line in enumerate(text.lines, start=1):
        written = line.partition("#")[0].rstrip()
        found = COMMAND.search(f"… {written}" if is_argument else written)
        is_argument = written.endswith("\\") and not ENDS_A_COMMAND.search(written[:-1])
        if found is not None and found["command"] != "run":
            command = found["command"]
            yield Hit(
                number,
                f"`flask {command}` needs an application of Flask's.",
                instead="alembic" if command == "db" else f"quart {command}",
            )

"""A variable is set that Flask reads, and Quart does not.

## What it does

Finds `FLASK_APP`, `FLASK_DEBUG`, `FLASK_ENV`, `FLASK_SKIP_DOTENV` and `FLASK_RUN_…` in environment
files, Dockerfiles and the like, and `config.from_prefixed_env()` without a prefix.

## Why it matters

Quart's variables begin with `QUART_`. Those of Flask are ignored without a word, and so is every
setting that `from_prefixed_env()` took from one: its default prefix is `QUART` then.

## Example

```python
app.config.from_prefixed_env()
```

## Use instead

```python
app.config.from_prefixed_env("FLASK")
```

## Known problems

Variables that are set outside the tree are not seen.
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
    severity=Severity.SILENT,
    phase=Phase.DEPLOYMENT,
    mechanical=True,
    instead="its twin with QUART_",
)

NAME = r"FLASK_(?:APP|DEBUG|ENV|SKIP_DOTENV|RUN_[A-Z]+)"
VARIABLE = re.compile(rf"(?<![\w${{]){NAME}(?=[\"']?\s*[=:])|(?<=\bENV ){NAME}(?=\s)")


@RULE.check_text
def set_in_a_file(text: Text) -> Iterator[Hit]:
    for number, line in enumerate(text.lines, start=1):
        found = VARIABLE.search(line.partition("#")[0])
        if found is not None:
            name = found.group()
            twin = "QUART_DEBUG" if name == "FLASK_ENV" else name.replace("FLASK", "QUART")
            yield Hit(number, f"Quart does not read `{name}`.", instead=twin)


@RULE.check(ast.Call, names={"from_prefixed_env"})
def read(node: ast.Call, _: Code) -> Iterator[Hit]:
    if not node.args and not any(one.arg == "prefix" for one in node.keywords):
        yield Hit(
            node,
            "Without a prefix Quart reads `QUART_…`, where Flask reads `FLASK_…`.",
            instead='from_prefixed_env("FLASK")',
        )

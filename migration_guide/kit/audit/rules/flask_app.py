"""The application object is Flask's.

## What it does

Finds the construction of `Flask`.

## Why it matters

`Quart` takes its place: it has the same arguments.

## Example

```python
app = Flask(__name__)
```

## Use instead

```python
app = Quart(__name__)
```

## Known problems

A subclass of `Flask` is reported where it is defined.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit import known
from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.rules.base import Hit, Rule

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.BREAKING,
    phase=Phase.FRAMEWORK,
    mechanical=True,
    instead="Quart(...)",
)


@RULE.check(ast.Call)
def made(node: ast.Call, code: Code) -> Iterator[Hit]:
    if known.FLASK in code.names(node.func):
        yield Hit(node, f"`{code.text(node)}` is an application of Flask.")


@RULE.check(ast.ClassDef)
def inherited(node: ast.ClassDef, code: Code) -> Iterator[Hit]:
    for base in node.bases:
        if known.FLASK in code.names(base):
            yield Hit(node, f"`{node.name}` is an application of Flask.")

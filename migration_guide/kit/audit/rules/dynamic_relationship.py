"""A relationship with `lazy="dynamic"` gives a Query.

## What it does

Finds relationships and backrefs with `lazy="dynamic"`.

## Why it matters

The Query that such an attribute gives asks the database without `await`, which fails.

## Example

```python
posts = db.relationship("Post", lazy="dynamic")
```

## Use instead

```python
posts: WriteOnlyMapped["Post"] = relationship()
```

## Known problems

None known.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit.code import Code, constant
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.module import parent
from migration_guide.kit.audit.project import terminal
from migration_guide.kit.audit.rules.base import Hit, Rule

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.BREAKING,
    phase=Phase.ORM,
    mechanical=False,
    instead="WriteOnlyMapped, or a select() of its own",
)


@RULE.check(ast.keyword, names={"lazy"})
def dynamic(node: ast.keyword, code: Code) -> Iterator[Hit]:
    call = parent(node)
    if not isinstance(call, ast.Call) or constant(node.value) != "dynamic":
        return
    if terminal(call.func) in {"relationship", "backref", "relation"}:
        yield Hit(node.value, f"`{code.text(call, 30)}` gives a Query, which cannot be awaited.")

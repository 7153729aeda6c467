"""A relationship with `lazy="dynamic"` gives a Query.

## What it does

Finds relationships and backrefs with `lazy="dynamic"`, and `append` and `remove` on them.

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

What of a dynamic relationship is asked is reported by `query-execution`.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit import known
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


@RULE.check(ast.Call, names={"append", "remove"})
def changed(node: ast.Call, code: Code) -> Iterator[Hit]:
    if not isinstance(node.func, ast.Attribute) or not isinstance(node.func.value, ast.Attribute):
        return
    if found := code.instance_of(node.func.value, known.QUERY):
        name = "add" if node.func.attr == "append" else "remove"
        yield Hit(
            node,
            f"`{code.text(node.func.value)}` is dynamic: a write-only one has add and remove.",
            f"WriteOnlyMapped, and `{name}`",
            confidence=found.confidence,
        )

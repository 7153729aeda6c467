"""A factory of test data has a synchronous session.

## What it does

Finds `sqlalchemy_session` and `sqlalchemy_session_factory` in the `Meta` of factory_boy's
`SQLAlchemyModelFactory`.

## Why it matters

Such a factory adds, flushes and commits by itself, and awaits none of it: with an `AsyncSession`
nothing is written, and only a warning says so.

## Example

```python
class UserFactory(SQLAlchemyModelFactory):
    class Meta:
        model = User
        sqlalchemy_session = db.session
```

## Use instead

```python
class UserFactory(factory.Factory):
    class Meta:
        model = User


session.add(UserFactory.build())
await session.flush()
```

## Known problems

None known.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.module import enclosing_class
from migration_guide.kit.audit.rules.base import Hit, Rule

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.SILENT,
    phase=Phase.TESTS,
    mechanical=False,
    instead="build the objects and add them to the test's session, or use it in run_sync()",
)

NAMES = {"sqlalchemy_session", "sqlalchemy_session_factory"}


@RULE.check(ast.Assign)
def given(node: ast.Assign, code: Code) -> Iterator[Hit]:
    owner = enclosing_class(node)
    if owner is None or owner.name != "Meta" or node not in owner.body:
        return
    for target in node.targets:
        if isinstance(target, ast.Name) and target.id in NAMES:
            yield Hit(
                node, f"Of what a factory does with `{code.text(node.value)}`, nothing awaits."
            )

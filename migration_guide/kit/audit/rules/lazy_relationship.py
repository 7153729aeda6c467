"""A relationship is loaded when it is looked at.

## What it does

Finds relationships, in Python and in templates, that are looked at on an object whose statement
does not load them by `selectinload()` or its like. A model's own methods that look at `self.lines`
are reported where the object is loaded on which they are called, if that can be followed.

## Why it matters

Loading on access asks the database without `await`, and fails with `MissingGreenlet`. A many-to-one
whose object happens to be in the session already does not fail: it passes in tests and fails in
production.

## Example

```python
order = Order.query.get(order_id)
return [line.quantity for line in order.lines]
```

## Use instead

```python
statement = select(Order).where(Order.id == order_id).options(selectinload(Order.lines))
order = await session.scalar(statement)
return [line.quantity for line in order.lines]
```

## Known problems

Objects that come from outside what is followed are taken to be not loaded; the confidence is then
`likely`.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit import lazy
from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.rules.base import Hit, Rule
from migration_guide.kit.audit.templates import Template
from migration_guide.kit.audit.values import weakest

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.BREAKING,
    phase=Phase.ORM,
    mechanical=False,
    instead="load it with the object: .options(selectinload(Model.attribute))",
)


@RULE.check(ast.Attribute)
def looked_at(node: ast.Attribute, code: Code) -> Iterator[Hit]:
    if not isinstance(node.ctx, ast.Load):
        return
    for path, value in lazy.looked_at(node, code):
        yield Hit(
            node,
            f"`{code.text(node)}` is loaded when it is looked at, which fails without a greenlet.",
            confidence=weakest(value.confidence, path),
            related=(value.load.place,) if value.load else (),
        )
        return


@RULE.check(ast.Call)
def looked_at_by_methods(node: ast.Call, code: Code) -> Iterator[Hit]:
    yield from lazy.by_methods(node, code)


@RULE.check_template
def looked_at_in_template(template: Template) -> Iterator[Hit]:
    models = template.inference.models
    for access in template.accesses:
        for value in access.owner:
            relationship = models.relationship(value.name, access.name)
            if relationship is None or relationship.lazy not in lazy.ON_ACCESS:
                continue
            if value.load is None or access.name not in value.load.names:
                message = f"`{access.text}` is loaded when the template looks at it, which fails."
                yield Hit(access.line, message, confidence=value.confidence)
                break

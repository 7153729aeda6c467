"""A Query that was built elsewhere is run here.

## What it does

Finds `all()`, `first()`, `count()`, `paginate()` and the like on a Query that does not begin in the
same expression, and where one is looped over, indexed or searched; in templates too; and methods of
a query class of the application's own. Where it begins, `model-query` or `session-query` report it.

## Why it matters

The statement becomes a `select()`, and running it becomes `await session.scalars(statement)`: here,
not where it is built.

## Example

```python
query = build_query()
return query.all()
```

## Use instead

```python
statement = build_statement()
return (await session.scalars(statement)).all()
```

## Known problems

A relationship with `lazy="dynamic"` gives a Query too, and is reported here where it is run.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit import known
from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Confidence, Phase, Severity
from migration_guide.kit.audit.module import enclosing_function
from migration_guide.kit.audit.parameters import methods_used
from migration_guide.kit.audit.queries import held, is_iterated
from migration_guide.kit.audit.rules.base import Hit, Rule
from migration_guide.kit.audit.templates import Template
from migration_guide.kit.audit.values import Kind, Value, instance

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.BREAKING,
    phase=Phase.SYNC_FIRST,
    mechanical=False,
    instead="await session.scalars(statement)",
)


def _begins_here(node: ast.AST) -> bool:
    """Whether the expression holds the place that the other rules report."""
    return any(isinstance(part, ast.Attribute) and part.attr == "query" for part in ast.walk(node))


def _run(node: ast.AST, code: Code) -> Value | None:
    found = code.instance_of(node, known.QUERY)
    if found is None:
        return _by_name(node, code)
    return None if _begins_here(node) else found


ONLY_A_QUERY = {"filter", "filter_by", "order_by", "limit", "yield_per"}


def _by_name(node: ast.AST, code: Code) -> Value | None:
    """One that cannot be followed: by its name, and what is done with it beside."""
    around = enclosing_function(node)
    if not isinstance(node, ast.Name) or node.id not in {"query", "q"} or around is None:
        return None
    if any(value.kind is Kind.INSTANCE for value in code.values(node)):
        return None
    if not methods_used(around, node.id) & ONLY_A_QUERY:
        return None
    return instance(known.QUERY).weaker(Confidence.POSSIBLE)


@RULE.check(ast.Call, names=set(known.QUERY_TERMINALS))
def method(node: ast.Call, code: Code) -> Iterator[Hit]:
    if isinstance(node.func, ast.Attribute):
        found = _run(node.func.value, code)
        if found is not None and not code.is_awaited(node):
            message = f"`{code.text(node.func)}()` runs a Query, which AsyncSession does not have."
            yield Hit(node, message, confidence=found.confidence, awaits=True)


@RULE.check(ast.Call)
def own_method(node: ast.Call, code: Code) -> Iterator[Hit]:
    if not isinstance(node.func, ast.Attribute) or _begins_here(node.func.value):
        return
    for value in code.values(node.func):
        function = code.project.functions.get(value.name)
        owner = function.owner if function is not None else None
        if owner is not None and code.models.is_instance(owner.name, known.QUERY):
            message = f"`{code.text(node.func)}` is a method of a query class."
            yield Hit(node, message, "a function that takes a select() and gives another one")
            return


@RULE.check(ast.Name, ast.Attribute, ast.Call)
def iterated(node: ast.expr, code: Code) -> Iterator[Hit]:
    made = held(node, code.module)
    if not is_iterated(node) or (made is not None and _begins_here(made)):
        return  # where it is made, it is run as well after the move
    found = _run(node, code)
    if found is not None:
        message = f"To go through `{code.text(node)}` runs a Query."
        yield Hit(node, message, confidence=found.confidence, awaits=True)


@RULE.check_template
def in_template(template: Template) -> Iterator[Hit]:
    models = template.inference.models
    for access in template.accesses:
        if not access.is_called or access.name not in known.QUERY_TERMINALS:
            continue
        for value in access.owner:
            if value.kind is Kind.INSTANCE and models.is_instance(value.name, known.QUERY):
                message = f"`{access.text}()` runs a Query when the template looks at it."
                yield Hit(access.line, message, confidence=value.confidence)
                break

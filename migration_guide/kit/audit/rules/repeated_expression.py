"""An expression with a literal is written twice, to group or to order by it.

## What it does

Finds an argument of `group_by` that has a literal, as `func.date_trunc("day", column)` or
`column % 10`, where the same is written again in what is selected; and the same of `order_by` in a
statement with `group_by` or `distinct`.

## Why it matters

Each literal is a parameter of its own: `date_trunc($1, made)` and `date_trunc($2, made)` are two
expressions to the server, and the column "must appear in the GROUP BY clause". psycopg2 writes the
values into the text, where both are the same.

## Example

```python
select(func.date_trunc("day", Order.made), func.count()).group_by(
    func.date_trunc("day", Order.made)
)
```

## Use instead

```python
day = func.date_trunc("day", Order.made).label("day")
select(day, func.count()).group_by(day)
```

## Known problems

A statement that is put together in several steps is not followed.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.module import ancestors, parent
from migration_guide.kit.audit.project import terminal
from migration_guide.kit.audit.rules.base import Hit, Rule

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.BREAKING,
    phase=Phase.SQL,
    mechanical=True,
    instead="make it once, with a label, and use that in both places",
)

SELECTING = {"select", "query", "with_entities", "add_columns", "with_only_columns"}


@RULE.check(ast.Call, names={"group_by", "order_by"})
def repeated(node: ast.Call, code: Code) -> Iterator[Hit]:
    chain = list(_chain(node))
    names = {terminal(call.func) for call in chain}
    if terminal(node.func) == "order_by" and not names & {"group_by", "distinct"}:
        return
    selected = {
        ast.dump(_plain(argument)): argument
        for call in chain
        if terminal(call.func) in SELECTING
        for argument in call.args
    }
    for argument in node.args:
        one = _plain(argument)
        if ast.dump(one) in selected and _has_parameter(one, code):
            yield Hit(
                argument, f"`{code.text(one)}` is another expression each time it is written."
            )


def _chain(node: ast.Call) -> Iterator[ast.Call]:
    """The calls of ``select(…).where(…).group_by(…)``, before and after this one."""
    below: ast.AST = node
    while isinstance(below, ast.Call):
        yield below
        below = below.func.value if isinstance(below.func, ast.Attribute) else below.func
    above = node
    for one in ancestors(node):
        if isinstance(one, ast.Call) and isinstance(parent(above), ast.Attribute):
            if one.func is not parent(above):
                return
            yield one
            above = one
        elif not isinstance(one, ast.Attribute):
            return


def _plain(node: ast.expr) -> ast.expr:
    """Without its label and its direction."""
    while (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"label", "desc", "asc"}
    ):
        node = node.func.value
    if isinstance(node, ast.Call) and terminal(node.func) in {"desc", "asc"} and node.args:
        return _plain(node.args[0])
    return node


def _has_parameter(node: ast.expr, code: Code) -> bool:
    """Whether SQLAlchemy makes parameters of literals in it."""
    for part in ast.walk(node):
        match part:
            case ast.Call(func=function, args=given) if any(map(_is_literal, given)):
                if any(name.startswith("sqlalchemy.func.") for name in code.names(function)):
                    return True
            case ast.BinOp(left=left, right=right) if _is_literal(left) or _is_literal(right):
                return True
            case ast.Compare(comparators=[other]) if _is_literal(other):
                return True
            case ast.Subscript(slice=index) if _is_literal(index):
                return True
            case _:
                pass
    return False


def _is_literal(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str | int | float)

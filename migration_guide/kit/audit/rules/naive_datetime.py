"""A naive datetime is stored as another instant, or refused.

## What it does

Finds `datetime.utcnow`, `datetime.now` without a time zone, `datetime.today` and their relatives
where they are a column's `default` or `onupdate`, or are compared with, assigned to or written by
`values()` or `update()` into a column that has a time zone; also with a `timedelta` added, and
under a name that is set once. It finds aware datetimes that meet a column without one.

## Why it matters

For `timestamptz` psycopg2 lets the server read a naive datetime in the session's time zone; asyncpg
takes it to be in the time zone of the process. Where those differ, another instant is stored, and
nothing fails. For `timestamp` without time zone asyncpg refuses an aware datetime.

## Example

```python
created_at = db.Column(db.DateTime(timezone=True), default=datetime.utcnow)
```

## Use instead

```python
created_at = mapped_column(DateTime(timezone=True), default=lambda: datetime.now(UTC))
```

## Known problems

A datetime that reaches a column by way of another function, or as a parameter of `text()`, is not
followed.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit import known
from migration_guide.kit.audit.code import Code, argument, constant
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.module import parent
from migration_guide.kit.audit.project import terminal
from migration_guide.kit.audit.queries import held
from migration_guide.kit.audit.rules.base import Hit, Rule
from migration_guide.kit.audit.values import Kind

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.SILENT,
    phase=Phase.SQL,
    mechanical=False,
    instead="datetime.now(UTC), and columns with timezone=True",
)


NAIVE = frozenset(
    {"datetime.datetime.utcnow", "datetime.datetime.today", "datetime.datetime.utcfromtimestamp"}
)
DATETIME = "datetime.datetime"
LEAST_WITH_ZONE = 8
"""Arguments of `datetime()`, of which the zone is the last."""
MAYBE = frozenset({"datetime.datetime.now", "datetime.datetime.fromtimestamp"})


def _is_naive(node: ast.AST, code: Code) -> bool:
    """Whether a call, or a function that is to be called, gives a naive datetime."""
    if isinstance(node, ast.Lambda):
        return _is_naive(node.body, code)
    if isinstance(node, ast.BinOp):  # utcnow() - timedelta(days=1)
        return _is_naive(node.left, code)
    if (value := held(node, code.module)) is not None:
        return _is_naive(value, code)
    if isinstance(node, ast.Call):
        return _gives_naive(node, code)
    return bool(code.names(node) & (NAIVE | MAYBE))


def _gives_naive(node: ast.Call, code: Code) -> bool:
    names = code.names(node.func)
    zones = {one.arg for one in node.keywords} & {"tz", "tzinfo"}
    if isinstance(node.func, ast.Attribute) and node.func.attr == "replace" and not zones:
        return _is_naive(node.func.value, code)
    if DATETIME in names:
        return not zones and len(node.args) < LEAST_WITH_ZONE
    if "datetime.datetime.strptime" in names:
        return "%z" not in str(constant(argument(node, 1, "format")) or "%z")
    least = 2 if "datetime.datetime.fromtimestamp" in names else 1
    has_zone = len(node.args) >= least or bool(zones)
    return bool(names & NAIVE) or (bool(names & MAYBE) and not has_zone)


def _is_aware(node: ast.AST, code: Code) -> bool:
    if isinstance(node, ast.Lambda):
        return _is_aware(node.body, code)
    if isinstance(node, ast.BinOp):  # now(UTC) + timedelta(days=1)
        return _is_aware(node.left, code)
    if (value := held(node, code.module)) is not None:
        return _is_aware(value, code)
    if not isinstance(node, ast.Call):
        return False
    names = code.names(node.func)
    return "datetime.datetime.now" in names and not _is_naive(node, code)


def _has_zone(column: ast.Call, code: Code) -> bool | None:
    """Whether a column keeps the time zone; None: it is no column of datetimes."""
    for one in [*column.args, *(keyword.value for keyword in column.keywords)]:
        kind = one.func if isinstance(one, ast.Call) else one
        if {name.rpartition(".")[2] for name in code.names(kind)} & {"DateTime", "TIMESTAMP"}:
            call = one if isinstance(one, ast.Call) else None
            zone = argument(call, 0, "timezone") if call else None
            return constant(zone) is True
    return False if _is_annotated(column, code) else None


def _zone_of(model: str, name: str, code: Code) -> bool | None:
    """The same of the column that ``Model.name`` is, which may be an annotation alone."""
    column = code.models.column(model, name)
    if column is not None:
        return _has_zone(column, code)
    annotation = code.models.annotation(model, name)
    return False if annotation is not None and _means_datetime(annotation, code) else None


def _is_annotated(column: ast.Call, code: Code) -> bool:
    above = parent(column)
    has_type = any(not isinstance(one, ast.Constant) for one in column.args)
    return (
        not has_type
        and isinstance(above, ast.AnnAssign)
        and _means_datetime(above.annotation, code)
    )


def _means_datetime(annotation: ast.expr, code: Code) -> bool:
    """Whether it is ``Mapped[datetime]``, whose column has no time zone unless a map says so."""
    parts = [one for one in ast.walk(annotation) if isinstance(one, ast.Name | ast.Attribute)]
    return (
        not code.project.mentions("type_annotation_map")
        and any(terminal(one) == "Mapped" for one in parts)
        and any(one.id == "datetime" for one in parts if isinstance(one, ast.Name))
    )


def _verdict(node: ast.AST, code: Code, *, has_zone: bool | None) -> Iterator[Hit]:
    if has_zone and _is_naive(node, code):
        message = (
            f"`{code.text(node)}` is naive: asyncpg takes it to be in the process's time zone."
        )
        yield Hit(node, message)
    elif has_zone is False and _is_aware(node, code):
        yield Hit(
            node,
            f"`{code.text(node)}` is aware, and the column has no time zone: asyncpg refuses it.",
            severity=Severity.BREAKING,
        )


@RULE.check(ast.keyword, names={"default", "onupdate"})
def default_of_a_column(node: ast.keyword, code: Code) -> Iterator[Hit]:
    call = parent(node)
    if isinstance(call, ast.Call) and terminal(call.func) in {"Column", "mapped_column"}:
        yield from _verdict(node.value, code, has_zone=_has_zone(call, code))


@RULE.check(ast.Assign)
def assigned(node: ast.Assign, code: Code) -> Iterator[Hit]:
    for target in node.targets:
        if isinstance(target, ast.Attribute):
            owner = code.model(target.value)
            if owner is not None:
                has_zone = _zone_of(owner.name, target.attr, code)
                yield from _verdict(node.value, code, has_zone=has_zone)


@RULE.check(ast.Compare)
def compared(node: ast.Compare, code: Code) -> Iterator[Hit]:
    sides = [node.left, *node.comparators]
    for side, other in zip(sides, reversed(sides), strict=True):
        if isinstance(side, ast.Attribute):
            for value in code.values(side.value):
                if value.kind is Kind.CLASS and code.models.is_model(value.name):
                    has_zone = _zone_of(value.name, side.attr, code)
                    yield from _verdict(other, code, has_zone=has_zone)
                    break


@RULE.check(ast.Call)
def given_to_a_model(node: ast.Call, code: Code) -> Iterator[Hit]:
    named = [one for one in node.keywords if one.arg]
    if not named:
        return
    for value in code.values(node.func):
        if value.kind is Kind.CLASS and code.models.is_model(value.name):
            for one in named:
                has_zone = _zone_of(value.name, one.arg or "", code)
                yield from _verdict(one.value, code, has_zone=has_zone)


@RULE.check(ast.Call, names={"values", "update"})
def written(node: ast.Call, code: Code) -> Iterator[Hit]:
    """`update(Model).values(seen=…)`, and `Model.query.update({"seen": …})`."""
    if not isinstance(node.func, ast.Attribute):
        return
    given = [(one.arg, one.value) for one in node.keywords if one.arg]
    for argument_ in node.args[:1]:
        if isinstance(argument_, ast.Dict):
            given += [
                (_key(key), value)
                for key, value in zip(argument_.keys, argument_.values, strict=True)
            ]
    model = _written_to(node.func.value, code) if given else None
    if model is None:
        return
    for name, value in given:
        yield from _verdict(value, code, has_zone=_zone_of(model, name, code))


def _key(node: ast.expr | None) -> str:
    """``seen`` of ``"seen"`` and of ``Model.seen``."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    return terminal(node) if node is not None else ""


def _written_to(node: ast.AST, code: Code) -> str | None:
    """The model of a query, or of ``update(Model).where(…)``."""
    if found := code.instance_of(node, known.QUERY):
        return next((one.name for one in found.of), None)
    while isinstance(node, ast.Call):
        if terminal(node.func) in {"update", "insert"} and node.args:
            classes = [one for one in code.values(node.args[0]) if one.kind is Kind.CLASS]
            return next((one.name for one in classes if code.models.is_model(one.name)), None)
        node = node.func.value if isinstance(node.func, ast.Attribute) else node.func
    return None

"""A value does not have the type of its column.

## What it does

Finds text where a number, a date or an interval belongs: compared with a column of a model or given
to it, in `coalesce()` and `cast()`, as the key of `get()`, as a date among the parameters of
`text()`. It finds a number that is stored in a column of text. Text is what is written as such,
`str()`, `isoformat()`, what comes from `request.args` or `request.form` without a type, a parameter
of a view whose route has no converter, and the key that Flask-Login loads a user by.

## Why it matters

psycopg2 writes `'7'` into the statement, and the server reads it as what is needed there. With
asyncpg the value goes to the server in the binary form of its type: text for an integer is refused,
by the driver or by the server ("operator does not exist: integer = character varying").

## Example

```python
Order.query.filter_by(id=request.args.get("id"))
Order(due="2026-01-31", note=7)
```

## Use instead

```python
select(Order).filter_by(id=request.args.get("id", type=int))
Order(due=date(2026, 1, 31), note="7")
```

## Known problems

Values that go through other functions, and columns whose type is the team's own, are not followed.
"""

import ast
import re
from collections.abc import Iterator

from migration_guide.kit.audit import known
from migration_guide.kit.audit.code import Code, weaker_of
from migration_guide.kit.audit.columns import Family, column_of, family_of, family_of_type
from migration_guide.kit.audit.finding import Confidence, Phase, Severity
from migration_guide.kit.audit.module import parameters
from migration_guide.kit.audit.rules.base import Hit, Rule
from migration_guide.kit.audit.settings import entries
from migration_guide.kit.audit.strings import is_from_route, is_list_of_texts, text_value
from migration_guide.kit.audit.values import Kind, Value, weakest

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.BREAKING,
    phase=Phase.SQL,
    mechanical=False,
    instead="convert it before it reaches SQLAlchemy",
)

COMPARING = {"in_", "not_in", "notin_", "between", "is_distinct_from"}
CHANGING = {"sqlalchemy.insert", "sqlalchemy.update", "sqlalchemy.dialects.postgresql.insert"}
STORED_AS_TEXT = {Family.INTEGER, Family.FLOAT, Family.DATE, Family.INTERVAL}
"""Of values that are stored: asyncpg takes a numeric as text, SQLAlchemy itself checks booleans."""


def _compared(value: ast.expr, family: Family | None, code: Code) -> Iterator[Hit]:
    if family is None or family is Family.TEXT:
        return
    confidence = text_value(value, code)
    if confidence is not None:
        yield Hit(
            value,
            f"`{code.text(value)}` is text, compared with {family.value}.",
            instead=_converter(value, family, code),
            confidence=confidence,
        )


def _converter(value: ast.expr, family: Family, code: Code) -> str:
    """What a route would have to say, where the value comes from one."""
    is_whole = family is Family.INTEGER and is_from_route(value, code)
    return f"<int:{code.text(value)}> in the route" if is_whole else ""


def _stored(value: ast.expr, family: Family | None, code: Code) -> Iterator[Hit]:
    confidence = text_value(value, code)
    if family in STORED_AS_TEXT and confidence is not None:
        yield Hit(
            value, f"`{code.text(value)}` is text, for {family.value}.", confidence=confidence
        )
    elif family is Family.TEXT and isinstance(value, ast.Constant) and type(value.value) is int:
        yield Hit(value, f"`{code.text(value)}` is a number, for {family.value}.")


@RULE.check(ast.Compare)
def compared(node: ast.Compare, code: Code) -> Iterator[Hit]:
    if len(node.comparators) != 1 or isinstance(
        node.ops[0], ast.In | ast.NotIn | ast.Is | ast.IsNot
    ):
        return
    other = node.comparators[0]
    yield from _compared(other, family_of(node.left, code), code)
    yield from _compared(node.left, family_of(other, code), code)


@RULE.check(ast.Call, names=COMPARING)
def compared_by_method(node: ast.Call, code: Code) -> Iterator[Hit]:
    if not isinstance(node.func, ast.Attribute):
        return
    family = family_of(node.func.value, code)
    for one in node.args if family else ():
        if isinstance(one, ast.List | ast.Tuple | ast.Set):
            for value in one.elts:
                yield from _compared(value, family, code)
        elif node.func.attr != "between" and is_list_of_texts(one, code):
            yield Hit(
                one,
                f"`{code.text(one)}` holds text, compared with {family.value}.",  # type: ignore[union-attr]
                confidence=Confidence.LIKELY,
            )
        else:
            yield from _compared(one, family, code)


@RULE.check(ast.Call, names={"filter_by"})
def filtered_by(node: ast.Call, code: Code) -> Iterator[Hit]:
    owner = (
        code.instance_of(node.func.value, known.QUERY, known.SELECT)
        if isinstance(node.func, ast.Attribute)
        else None
    )
    for model in owner.of if owner else ():
        for keyword in node.keywords:
            if keyword.arg:
                yield from _compared(keyword.value, column_of(model.name, keyword.arg, code), code)


@RULE.check(ast.Call, names={"get", "get_or_404", "get_one"})
def got_by_key(node: ast.Call, code: Code) -> Iterator[Hit]:
    if not isinstance(node.func, ast.Attribute) or not node.args:
        return
    owner = code.instance_of(node.func.value, known.QUERY)
    models: tuple[Value, ...] = owner.of if owner else ()
    key = node.args[0]
    if owner is None and len(node.args) > 1 and _takes_a_model(node.func.value, code):
        models = tuple(value for value in code.values(key) if value.kind is Kind.CLASS)
        key = node.args[1]
    for model in models:
        yield from _compared(key, column_of(model.name, None, code), code)


def _takes_a_model(node: ast.expr, code: Code) -> bool:
    return code.session(node) is not None or code.instance_of(node, known.DB) is not None


@RULE.check(ast.Call, names={"coalesce", "nullif", "greatest", "least"})
def beside_a_column(node: ast.Call, code: Code) -> Iterator[Hit]:
    if not any(name.startswith("sqlalchemy.func.") for name in code.names(node.func)):
        return
    families = [family for one in node.args if (family := family_of(one, code)) is not None]
    for value in node.args if families else ():
        if isinstance(value, ast.Constant):
            yield from _compared(value, families[0], code)


@RULE.check(ast.Call, names={"cast"})
def cast(node: ast.Call, code: Code) -> Iterator[Hit]:
    if len(node.args) > 1 and "sqlalchemy.cast" in code.names(node.func):
        family = family_of_type(node.args[1], code, code.module)
        if family in STORED_AS_TEXT:
            yield from _stored(node.args[0], family, code)


@RULE.check(ast.Call)
def given_to_a_model(node: ast.Call, code: Code) -> Iterator[Hit]:
    candidates = [
        one for one in node.keywords if one.arg and not isinstance(one.value, ast.Attribute)
    ]
    for value in code.values(node.func) if candidates else ():
        if value.kind is Kind.CLASS and code.models.is_model(value.name):
            converted = set(_parameters(value.name, code))
            for one in candidates:
                if one.arg not in converted:
                    yield from _stored(one.value, column_of(value.name, one.arg, code), code)


def _parameters(model: str, code: Code) -> Iterator[str]:
    """Those that an ``__init__`` of its own names, and may convert."""
    for base in code.models.ancestry(model):
        function = code.project.functions.get(f"{base}.__init__")
        yield from (one.arg for one in parameters(function.node)) if function else ()


@RULE.check(ast.Assign)
def assigned(node: ast.Assign, code: Code) -> Iterator[Hit]:
    for target in node.targets:
        owner = code.model(target.value) if isinstance(target, ast.Attribute) else None
        if owner is not None:
            for hit in _stored(node.value, column_of(owner.name, target.attr, code), code):  # type: ignore[attr-defined]
                yield Hit(
                    hit.node, hit.message, confidence=weakest(hit.confidence, weaker_of(owner))
                )


@RULE.check(ast.Call, names={"values", "update"})
def set_by_a_statement(node: ast.Call, code: Code) -> Iterator[Hit]:
    """`update(Model).values(name=…)` and `Model.query.update({"name": …})`."""
    if not isinstance(node.func, ast.Attribute):
        return
    given = [(one.arg, one.value) for one in node.keywords if one.arg is not None]
    given += [(name, value) for one in node.args[:1] for name, _, value in entries(one)]
    for model in _changed(node.func, code) if given else ():
        for name, value in given:
            yield from _stored(value, column_of(model, name, code), code)


def _changed(function: ast.Attribute, code: Code) -> Iterator[str]:
    """The models whose rows a statement or a query changes."""
    if function.attr == "update":
        query = code.instance_of(function.value, known.QUERY)
        yield from (model.name for model in query.of) if query else ()
        return
    made: ast.expr = function.value
    while isinstance(made, ast.Call) and isinstance(made.func, ast.Attribute):
        if code.names(made.func) & CHANGING:
            break
        made = made.func.value
    if isinstance(made, ast.Call) and made.args and code.names(made.func) & CHANGING:
        yield from (one.name for one in code.values(made.args[0]) if one.kind is Kind.CLASS)


ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]|$)")


@RULE.check(ast.Call, names={"execute", "scalar", "scalars"})
def given_to_text(node: ast.Call, code: Code) -> Iterator[Hit]:
    """Dates as text among the parameters of SQL."""
    if len(node.args) < 2 or code.instance_of(node.args[0], "sqlalchemy.TextClause") is None:
        return
    for _, _, value in entries(node.args[1]):
        if _is_date_as_text(value):
            yield Hit(
                value,
                f"`{code.text(value)}` is text: where a date belongs asyncpg refuses it.",
                confidence=Confidence.LIKELY,
            )


def _is_date_as_text(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=str(text)):
            return ISO_DATE.match(text) is not None
        case ast.Call(func=ast.Attribute(attr="isoformat")):
            return True
        case _:
            return False

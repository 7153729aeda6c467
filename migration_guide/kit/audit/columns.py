"""What kind of values the columns of the models hold."""

import ast
import re
from enum import Enum

from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.module import Binding, Bound, Module
from migration_guide.kit.audit.project import terminal
from migration_guide.kit.audit.values import Kind


class Family(Enum):
    """Types of columns that take the same values; in the words of a message."""

    INTEGER = "a column of integers"
    NUMERIC = "a column of numbers"
    FLOAT = "a column of floats"
    DATE = "a column of dates or times"
    INTERVAL = "a column of intervals"
    BOOLEAN = "a column of booleans"
    TEXT = "a column of text"


TYPES = {
    **dict.fromkeys(("Integer", "BigInteger", "SmallInteger", "INTEGER", "BIGINT"), Family.INTEGER),
    **dict.fromkeys(("Numeric", "DECIMAL", "NUMERIC"), Family.NUMERIC),
    **dict.fromkeys(("Float", "Double", "FLOAT", "REAL"), Family.FLOAT),
    **dict.fromkeys(("DateTime", "Date", "Time", "TIMESTAMP", "DATE", "TIME"), Family.DATE),
    **dict.fromkeys(("Interval", "INTERVAL"), Family.INTERVAL),
    **dict.fromkeys(("Boolean", "BOOLEAN"), Family.BOOLEAN),
    **dict.fromkeys(("String", "Text", "Unicode", "UnicodeText", "VARCHAR", "TEXT"), Family.TEXT),
}
"""SQLAlchemy's types by the last part of their names."""

COLUMNS = {"Column", "mapped_column"}

FUNCTIONS = {
    "date": Family.DATE,
    "date_trunc": Family.DATE,
    "now": Family.DATE,
    "count": Family.INTEGER,
    "extract": Family.NUMERIC,
    "date_part": Family.FLOAT,
}
"""What functions of SQL give."""


ANNOTATIONS = {
    "int": Family.INTEGER,
    "float": Family.FLOAT,
    "Decimal": Family.NUMERIC,
    "datetime": Family.DATE,
    "date": Family.DATE,
    "time": Family.DATE,
    "timedelta": Family.INTERVAL,
    "bool": Family.BOOLEAN,
    "str": Family.TEXT,
}
"""What ``Mapped[…]`` says where the column has no type."""


def family_of(node: ast.AST, code: Code) -> Family | None:
    """The family of ``Model.column`` or of a function of SQL."""
    if isinstance(node, ast.Attribute):
        for value in code.values(node.value):
            if value.kind is Kind.CLASS and code.models.is_model(value.name):
                return column_of(value.name, node.attr, code)
        return None
    return _of_function(node, code) if isinstance(node, ast.Call) and node.args else None


def _of_function(node: ast.Call, code: Code) -> Family | None:
    name = terminal(node.func)
    if name not in {*FUNCTIONS, "sum", "coalesce", "cast"}:
        return None
    names = code.names(node.func)
    if "sqlalchemy.cast" in names and len(node.args) > 1:
        return family_of_type(node.args[1], code, code.module)
    if "sqlalchemy.extract" in names:
        return FUNCTIONS[name]
    if not any(one.startswith("sqlalchemy.func.") for one in names):
        return None
    return FUNCTIONS[name] if name in FUNCTIONS else family_of(node.args[0], code)


def column_of(model: str, name: str | None, code: Code) -> Family | None:
    """The family of a model's column; without a name, of its primary key."""
    name = name or _key(model, code)
    for base in code.models.ancestry(model) if name else ():
        one = code.project.classes.get(base)
        bindings = one.module.bindings(one.node).get(name, []) if one and name else []
        if one is not None and bindings:
            return _declared(bindings, one.module, code)
    return None


def _declared(bindings: list[Binding], module: Module, code: Code) -> Family | None:
    """As the column's call says, or its annotation."""
    column = next((one.node for one in bindings if _is_column(one.node)), None)
    for given in column.args if isinstance(column, ast.Call) else ():
        if (family := family_of_type(given, code, module)) is not None:
            return family
        if isinstance(given, ast.Name | ast.Call) and terminal(given) != "ForeignKey":
            return None  # a type of the team's own, or one without a family
    for one in bindings:
        if one.how is Bound.ANNOTATION:
            words = re.findall(r"\w+", ast.unparse(one.node))
            return next((ANNOTATIONS[word] for word in words if word in ANNOTATIONS), None)
    return None


def _is_column(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and terminal(node.func) in COLUMNS


def family_of_type(node: ast.expr, code: Code, module: Module) -> Family | None:
    """Of ``Integer``, ``db.Integer`` or ``String(80)``, where a module writes it."""
    kind = node.func if isinstance(node, ast.Call) else node
    if not isinstance(kind, ast.Name | ast.Attribute):
        return None
    for value in code.inference.values(kind, module):
        last = value.name.rpartition(".")[2]
        if value.name.startswith("sqlalchemy.") and last in TYPES:
            return TYPES[last]
    return None


def _key(model: str, code: Code) -> str | None:
    """The one column that is said to be the primary key."""
    found = {
        name
        for base in code.models.ancestry(model)
        if (one := code.project.classes.get(base)) is not None
        for name, bindings in one.module.bindings(one.node).items()
        for binding in bindings
        if _is_column(binding.node) and _is_key(binding.node)
    }
    return found.pop() if len(found) == 1 else None


def _is_key(column: ast.AST) -> bool:
    return isinstance(column, ast.Call) and any(
        keyword.arg == "primary_key" for keyword in column.keywords
    )

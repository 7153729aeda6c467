"""Read Python expressions as they stand in a configuration, without running any of it."""

import ast
import builtins
import json
import operator
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import sqlalchemy.exc
from sqlalchemy import URL

from migration_guide.kit.translate.given import Code, InputError

_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
}
_CONVERSIONS: dict[str, Callable[..., Any]] = {
    "int": int,
    "float": float,
    "str": str,
    "dict": dict,
    "quote": quote,
    "quote_plus": quote_plus,
    "loads": json.loads,
    "create": URL.create,
    "make_url": str,
}
POOLS = (
    *("QueuePool", "NullPool", "StaticPool", "AssertionPool", "SingletonThreadPool"),
    "AsyncAdaptedQueuePool",
)
_METHODS = ("replace", "strip", "lower", "format")
_WITH_FORMAT = re.compile(r"\{\w*[^\w{}]")
"""A replacement field that is more than a name or number."""

_MODULES = {"json": "import json", "os": "import os", "pool": "from sqlalchemy import pool"}


class _UnknownError(Exception):
    """Only running the file would tell."""


class Reader:
    """Reads the expressions of one file.

    Args:
        names: what the file binds by assignment; of its classes, as ``Class.name``.
        imports: what it binds by import, and the statement.
        defined: its own functions and classes.
        module: under which name it can be imported.

    """

    def __init__(
        self,
        names: Mapping[str, ast.expr],
        environ: Mapping[str, str],
        *,
        imports: Mapping[str, str] | None = None,
        defined: frozenset[str] = frozenset(),
        module: str | None = None,
    ) -> None:
        self._names, self._environ = names, environ
        self._imports, self._defined, self._module = imports or {}, defined, module
        self._under_way: set[str] = set()
        self.from_environment: dict[str, None] = {}

    def value(self, node: ast.expr) -> Any:
        """What the expression is, with `Code` for what only running it would tell."""
        try:
            return self._value(node)
        except _UnknownError:
            return self._code(node)
        except RecursionError:
            raise InputError("The expression is too deep to be read.") from None

    def _value(self, node: ast.expr) -> Any:
        reader: Callable[[Any], Any] | None = {
            ast.Constant: lambda node: node.value,
            ast.Dict: self._dict,
            ast.List: lambda node: [self.value(item) for item in node.elts],
            ast.Tuple: lambda node: tuple(self.value(item) for item in node.elts),
            ast.UnaryOp: self._negative,
            ast.BinOp: self._operation,
            ast.BoolOp: self._choice,
            ast.JoinedStr: self._text,
            ast.Name: self._name,
            ast.Attribute: self._name,
            ast.Subscript: self._item,
            ast.Call: self._call,
        }.get(type(node))
        if reader is None:
            raise _UnknownError
        return reader(node)

    def _known(self, node: ast.expr) -> Any:
        value = self._value(node)
        if isinstance(value, Code):
            raise _UnknownError
        return value

    def _dict(self, node: ast.Dict) -> dict[Any, Any]:
        merged: dict[Any, Any] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                inner = self._known(value)
                if not isinstance(inner, dict):
                    raise _UnknownError
                merged |= inner
            else:
                name = self._known(key)
                if isinstance(name, (dict, list)):
                    raise _UnknownError
                merged[name] = self.value(value)
        return merged

    def _negative(self, node: ast.UnaryOp) -> Any:
        value = self._known(node.operand)
        if isinstance(node.op, ast.USub) and isinstance(value, (int, float)):
            return -value
        if isinstance(node.op, ast.Not):
            return not value
        raise _UnknownError

    def _operation(self, node: ast.BinOp) -> Any:
        left, right = self._known(node.left), self._known(node.right)
        if isinstance(node.op, ast.BitOr) and isinstance(left, dict) and isinstance(right, dict):
            return left | right
        if isinstance(node.op, ast.Mod) and isinstance(left, str):
            return self._filled(left, right)
        numbers = isinstance(left, (int, float)) and isinstance(right, (int, float))
        texts = isinstance(left, str) and isinstance(right, str) and isinstance(node.op, ast.Add)
        if not (numbers or texts) or type(node.op) not in _OPERATORS:
            raise _UnknownError
        try:
            return _OPERATORS[type(node.op)](left, right)
        except ArithmeticError:
            raise _UnknownError from None

    @staticmethod
    def _filled(template: str, values: Any) -> str:
        if not isinstance(values, (str, int, float, tuple)) or re.search("%[^sd%]", template):
            raise _UnknownError
        try:
            return template % values
        except TypeError:
            raise _UnknownError from None

    def _choice(self, node: ast.BoolOp) -> Any:
        value: Any = None
        for part in node.values:
            value = self._known(part)
            if bool(value) is isinstance(node.op, ast.Or):
                return value
        return value

    def _text(self, node: ast.JoinedStr) -> str:
        parts = []
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                if part.format_spec is not None or part.conversion != -1:
                    raise _UnknownError
                parts.append(str(self._known(part.value)))
            else:
                parts.append(str(self._known(part)))
        return "".join(parts)

    def _name(self, node: ast.Name | ast.Attribute) -> Any:
        name = ast.unparse(node)
        if name in self._under_way or name not in self._names:
            raise _UnknownError
        self._under_way.add(name)
        try:
            return self._value(self._names[name])
        finally:
            self._under_way.discard(name)

    def _item(self, node: ast.Subscript) -> Any:
        if ast.unparse(node.value) not in {"os.environ", "environ"}:
            raise _UnknownError
        return self._variable(self._known(node.slice))

    def _variable(self, name: Any, *default: Any) -> Any:
        self.from_environment[str(name)] = None
        if name in self._environ:
            return self._environ[name]
        if not default:
            raise _UnknownError
        return default[0]

    def _call(self, node: ast.Call) -> Any:
        function = ast.unparse(node.func)
        arguments = [self._known(argument) for argument in node.args]
        keywords = {item.arg: self.value(item.value) for item in node.keywords if item.arg}
        if len(keywords) != len(node.keywords):
            raise _UnknownError  # **options
        if function in {"os.environ.get", "environ.get", "os.getenv", "getenv"}:
            return self._variable(*(*arguments, *keywords.values(), None)[:2])
        name = function.rpartition(".")[2]
        if isinstance(node.func, ast.Attribute) and name in _METHODS:
            owner = self._known(node.func.value)
            if name == "format" and _WITH_FORMAT.search(str(owner)):
                raise _UnknownError
            call = getattr(owner, name, None)
        else:
            call = _CONVERSIONS.get(name)
        code = any(isinstance(value, Code) for value in keywords.values())
        if call is None or (code and call is not dict):
            raise _UnknownError
        try:
            return call(*arguments, **keywords)
        except (TypeError, ValueError, LookupError, sqlalchemy.exc.ArgumentError):
            raise _UnknownError from None

    def _code(self, node: ast.expr) -> Code:
        names = dict.fromkeys(
            part.id
            for part in ast.walk(node)
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)
        )
        bound = {part.arg for part in ast.walk(node) if isinstance(part, ast.arg)}
        bound |= {
            part.id
            for part in ast.walk(node)
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
        }
        imports, unbound = [], []
        for name in names:
            if name in bound or (hasattr(builtins, name) and name not in self._imports):
                continue
            if statement := self._import_of(name):
                imports.append(statement)
            else:
                unbound.append(name)
        return Code(ast.unparse(node), tuple(imports), tuple(unbound))

    def _import_of(self, name: str) -> str | None:
        if name in self._imports:
            return self._imports[name]
        if self._module and (name in self._defined or name in self._names):
            return f"from {self._module} import {name}"
        if name in POOLS:
            return f"from sqlalchemy.pool import {name}"
        return _MODULES.get(name)


def module_name(file: Path) -> str | None:
    """Under which the file can be imported from its folder."""
    return file.stem if file.suffix == ".py" and file.stem.isidentifier() else None

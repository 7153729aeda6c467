"""A configuration in Python: a module, a class of it, or the options alone; never run."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from migration_guide.kit.audit.settings import entries
from migration_guide.kit.translate.changes import changes
from migration_guide.kit.translate.expressions import Reader, module_name
from migration_guide.kit.translate.given import OPTIONS, URI_NAMES, InputError
from migration_guide.kit.translate.settings import RELATED

_KEYS = (*URI_NAMES, OPTIONS, *RELATED)
_WANTED = (*URI_NAMES, OPTIONS)


@dataclass
class _Scope:
    """What a module or a class of it assigns."""

    name: str
    values: dict[str, ast.expr] = field(default_factory=dict)
    bases: list[str] = field(default_factory=list)


@dataclass
class _File:
    module: _Scope
    classes: dict[str, _Scope] = field(default_factory=dict)
    imports: dict[str, str] = field(default_factory=dict)
    defined: set[str] = field(default_factory=set)


def read_python(
    text: str, what: str, environ: Mapping[str, str], class_name: str | None = None
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The settings, by their names in ``app.config``, and which variables they were read from.

    Raises:
        InputError: the text is not Python, has no such settings, or changes them in a way that only
            running it can tell.

    """
    tree = _parse(text, what)
    if len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr):
        return _options_alone(tree.body[0].value, what, environ)
    file = _survey(tree)
    scope = _choose(file, what, class_name)
    if (changed := next(changes(tree, _WANTED), None)) is not None:
        raise InputError(
            f"{what}, line {changed.line}: {changed.name} is set or changed here once more. What it"
            " is in the end, only running it can tell: use --from-app."
        )
    values = file.module.values | _of_classes(file) | _inherited(file, scope)
    reader = Reader(
        values,
        environ,
        imports=file.imports,
        defined=frozenset(file.defined),
        module=module_name(Path(what)),
    )
    found = {key: reader.value(values[key]) for key in _KEYS if key in values}
    return found, tuple(reader.from_environment)


def _parse(text: str, what: str) -> ast.Module:
    try:
        return ast.parse(text)
    except SyntaxError as error:
        where = f", line {error.lineno}" if error.lineno else ""
        raise InputError(f"{what}{where} is not Python: {error.msg}.") from None
    except (ValueError, RecursionError, MemoryError):
        raise InputError(f"{what} is not Python.") from None


def _options_alone(
    node: ast.expr, what: str, environ: Mapping[str, str]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    reader = Reader({}, environ)
    options = reader.value(node)
    if not isinstance(options, dict):
        raise InputError(f"{what} is not a dict of engine options, nor does it assign {OPTIONS}.")
    if any(key in options for key in _WANTED):
        return options, tuple(reader.from_environment)
    return {OPTIONS: options}, tuple(reader.from_environment)


def _survey(tree: ast.Module) -> _File:
    file = _File(_Scope("the module", dict(_assigned(tree.body))))
    for node in ast.walk(tree):
        file.module.values |= dict(_configured(node))
        if isinstance(node, ast.ClassDef):
            scope = _Scope(
                node.name, dict(_assigned(node.body)), list(map(ast.unparse, node.bases))
            )
            file.classes[node.name] = scope
    for node in tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            file.imports |= dict(_imported(node))
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            file.defined.add(node.name)
    return file


def _assigned(body: list[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    for node in body:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    yield target.id, node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            yield node.target.id, node.value


def _configured(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """``app.config["KEY"] = …``, and ``app.config.update(KEY=…)`` or ``from_mapping``."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            key = target.slice if isinstance(target, ast.Subscript) else None
            if isinstance(key, ast.Constant) and key.value in _KEYS:
                yield str(key.value), node.value
    elif (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"update", "from_mapping"}
    ):
        for name, value in _entries(node):
            if name in _KEYS:
                yield name, value


def _entries(call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    """Of the keywords, and of a dict."""
    yield from ((str(one.arg), one.value) for one in call.keywords if one.arg)
    for given in call.args[:1]:
        yield from ((name, value) for name, _, value in entries(given))


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
    for alias in node.names:
        name = alias.asname or alias.name.partition(".")[0]
        said = f"{alias.name} as {alias.asname}" if alias.asname else alias.name
        if isinstance(node, ast.ImportFrom):
            yield name, f"from {'.' * node.level}{node.module or ''} import {said}"
        else:
            yield name, f"import {said}"


def _inherited(file: _File, scope: _Scope, seen: frozenset[str] = frozenset()) -> dict[str, Any]:
    values: dict[str, ast.expr] = {}
    for base in reversed(scope.bases):
        if base in file.classes and base not in seen:
            values |= _inherited(file, file.classes[base], seen | {base})
    return values | scope.values


def _of_classes(file: _File) -> dict[str, ast.expr]:
    return {
        f"{scope.name}.{name}": node
        for scope in file.classes.values()
        for name, node in _inherited(file, scope).items()
    }


def _choose(file: _File, what: str, class_name: str | None) -> _Scope:
    if class_name is not None:
        if class_name not in file.classes:
            there = f"; there are {', '.join(file.classes)}" if file.classes else ""
            raise InputError(f"--class: {what} has no class {class_name}{there}.")
        return file.classes[class_name]
    found: dict[tuple[int, ...], _Scope] = {}
    for scope in (file.module, *file.classes.values()):
        values = _inherited(file, scope)
        if nodes := tuple(id(values[key]) for key in _WANTED if key in values):
            found.setdefault(nodes, scope)
    if not found:
        raise InputError(f"{what} assigns neither {URI_NAMES[0]} nor {OPTIONS}.")
    if len(found) > 1 and file.module not in found.values():
        names = ", ".join(scope.name for scope in found.values())
        raise InputError(f"{what} has several: {names}; name one with --class.")
    return next(iter(found.values()))

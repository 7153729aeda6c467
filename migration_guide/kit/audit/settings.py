"""Settings of an application, however they are written down."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

SETTINGS = (ast.Assign, ast.AnnAssign, ast.keyword, ast.Dict, ast.Call)
"""The nodes in which `settings` looks; for `Rule.check`."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A name, and what it is set to.

    Attributes:
        name: such as ``SQLALCHEMY_ECHO``.
        node: where it stands.
        value: what it is set to.

    """

    name: str
    node: ast.AST
    value: ast.expr


def settings(node: ast.AST) -> Iterator[Setting]:
    """Those that a node sets.

    As a class or a module has them, as ``app.config["X"] = …``, ``config.update(X=…)``,
    ``config.setdefault("X", …)`` or in a dict that is given to it.
    """
    for name, place, value in _pairs(node):
        yield Setting(name, place, value)


def entries(node: ast.expr) -> Iterator[tuple[str, ast.AST, ast.expr]]:
    """The keys of a dict that is written out, where they stand, and their values."""
    match node:
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield key.value, key, value
        case ast.Call(func=ast.Name(id="dict"), keywords=keywords):
            for keyword in keywords:
                if keyword.arg is not None:
                    yield keyword.arg, keyword, keyword.value
        case _:
            pass


def _pairs(node: ast.AST) -> Iterator[tuple[str, ast.AST, ast.expr]]:
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield name_of(target), target, value
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield name_of(target), target, value
        case ast.keyword(arg=str(name), value=value):
            yield name, node, value
        case ast.Dict():
            yield from entries(node)
        case ast.Call(
            func=ast.Attribute(attr="setdefault"), args=[ast.Constant(value=str(name)), value]
        ):
            yield name, node, value
        case _:
            pass


def name_of(target: ast.AST) -> str:
    """``KEY`` of ``KEY``, of ``Config.KEY`` and of ``app.config["KEY"]``; else empty."""
    match target:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
        case _:
            return ""

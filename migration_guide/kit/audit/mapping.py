"""Classes that are mapped by a call: ``registry.map_imperatively(Order, orders)``."""

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from migration_guide.kit.audit.module import Module
from migration_guide.kit.audit.values import Kind

if TYPE_CHECKING:
    from migration_guide.kit.audit.infer import Inference

MAPPERS = ("mapper", "map_imperatively")


def mapped(inference: "Inference") -> Iterator[tuple[str, ast.Call, Module]]:
    """The classes, each with the call that maps it."""
    for name in MAPPERS:
        for module, call in inference.project.calls.get(name, []):
            for value in inference.values(call.args[0], module) if call.args else ():
                if value.kind is Kind.CLASS:
                    yield value.name, call, module


def properties(call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    """The attributes that it gives the class beside the columns."""
    for keyword in call.keywords:
        if keyword.arg == "properties" and isinstance(keyword.value, ast.Dict):
            for key, value in zip(keyword.value.keys, keyword.value.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield key.value, value

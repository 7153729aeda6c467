"""Attributes that are set from outside: ``g.user = …``, ``app.database = …``."""

from typing import TYPE_CHECKING

from migration_guide.kit.audit import known
from migration_guide.kit.audit.values import Kind, Value, Values, merged

if TYPE_CHECKING:
    from migration_guide.kit.audit.infer import Inference

ASKED = 40
"""Assignments to a name that are looked at."""


def assigned(inference: "Inference", value: Value, name: str) -> Values:
    """What the tree's assignments give an attribute of an object, a class or a module."""
    places = inference.project.assigned.get(name)
    if not places:
        return ()
    return inference.once(
        ("assigned", value.kind, value.name, name),
        lambda: merged(
            inference.values(node, module)
            for module, owner, node in places[:ASKED]
            if any(_is_same(inference, one, value) for one in inference.values(owner, module))
        ),
    )


def _is_same(inference: "Inference", one: Value, other: Value) -> bool:
    kind, name = _normal(one)
    models = inference.models
    if kind in {Kind.CLASS, Kind.EXTERNAL} and other.kind in {Kind.CLASS, Kind.INSTANCE}:
        return models.is_instance(other.name, name)
    if kind is not other.kind:
        return False
    return models.is_instance(name, other.name) or models.is_instance(other.name, name)


def _normal(value: Value) -> tuple[Kind, str]:
    """With ``flask.g`` and its like as objects of their classes."""
    if value.kind is Kind.EXTERNAL and value.name in known.OBJECTS:
        return Kind.INSTANCE, known.OBJECTS[value.name]
    return value.kind, value.name

"""What a call of a function outside the tree gives."""

import ast
from typing import TYPE_CHECKING

from migration_guide.kit.audit import annotations, known, members
from migration_guide.kit.audit.module import Module, enclosing_function
from migration_guide.kit.audit.project import Function
from migration_guide.kit.audit.values import Kind, Value, Values, external, instance, merged

if TYPE_CHECKING:
    from migration_guide.kit.audit.infer import Inference

SAME = frozenset(
    {
        "functools.partial", "functools.partialmethod", "functools.lru_cache", "functools.cache",
        "flask.stream_with_context", "flask.copy_current_request_context", "contextlib.closing",
        "copy.copy", "copy.deepcopy",
    }
)  # fmt: skip
"""Functions whose result does what their first argument does."""

FIELDS = frozenset({"attr.ib", "attr.attrib", "attr.field", "attrs.field", "dataclasses.field"})
FACTORIES = frozenset({"factory", "default_factory"})
PROXIES = frozenset({"werkzeug.local.LocalProxy", "werkzeug.LocalProxy"})
BASES = frozenset({"sqlalchemy.orm.declarative_base", "sqlalchemy.ext.automap.automap_base"})


def call(inference: "Inference", name: str, node: ast.Call, module: Module) -> Values:  # noqa: PLR0911 -- one case for each kind of name
    """What a call gives of a function of this dotted name."""
    if name in BASES:
        own = [one.value for one in node.keywords if one.arg == "cls"]
        return (
            *merged(inference.values(one, module) for one in own),
            external(known.DECLARATIVE),
        )
    if name in {known.SESSION_FACTORY, known.SCOPED_SESSION}:
        return (instance(name, _made(inference, node, module)),)
    if name in known.CALLS:
        return (instance(known.CALLS[name]),)
    if name in FIELDS:
        return _field(inference, node, module)
    if name in PROXIES and node.args:
        return _result(inference, node.args[0], node, module)
    if name in SAME and node.args:
        return inference.values(node.args[0], module)
    if "." not in name and node.args:
        return _built_in(inference, name, node, module)
    if name == "super":
        return _super(inference, node)
    if name == "typing.cast" and len(node.args) > 1:
        return annotations.meaning(inference, node.args[0], module) or inference.values(
            node.args[1], module
        )
    return _by_name(name)


def _by_name(name: str) -> Values:
    """What looks like a class gives an object, and so does ``Redis.from_url``."""
    owner, _, last = name.rpartition(".")
    if last.startswith("from_") and owner.rpartition(".")[2][:1].isupper():
        return (instance(owner),)
    return (instance(name),) if last[:1].isupper() or not owner else ()


def _result(inference: "Inference", function: ast.expr, node: ast.Call, module: Module) -> Values:
    """What calling a function gives that is passed as a value."""
    return merged(inference.called(one, node, module) for one in inference.values(function, module))


def _made(inference: "Inference", node: ast.Call, module: Module) -> Values:
    """What a factory is given to make: its class, if it has one of its own."""
    return tuple(
        instance(value.name)
        for argument in node.args[:1]
        for value in inference.values(argument, module)
        if value.kind in {Kind.CLASS, Kind.EXTERNAL}
    )


def _field(inference: "Inference", node: ast.Call, module: Module) -> Values:
    """A field of attrs or of a dataclass: what its factory makes, its default, or its type."""
    for one in node.keywords:
        if one.arg in FACTORIES:
            return _result(inference, one.value, node, module)
        if one.arg == "default":
            return inference.values(one.value, module)
        if one.arg == "type":
            return annotations.meaning(inference, one.value, module)
    return ()


def _built_in(inference: "Inference", name: str, node: ast.Call, module: Module) -> Values:
    first = node.args[0]
    match name, node.args[1:]:
        case "getattr", [ast.Constant(value=str(attribute)), *default]:
            return merged(
                (
                    *(
                        members.attribute(inference, one, attribute, node, module)
                        for one in inference.values(first, module)
                    ),
                    *(inference.values(one, module) for one in default),
                )
            )
        case "getattr", _:
            # Whichever method of a test client it is: each of them sends a request.
            return merged(
                members.attribute(inference, one, "open", node, module)
                for one in inference.values(first, module)
                if one.kind is Kind.INSTANCE and known.canonical(one.name) == known.CLIENT
            )
        case "type", []:
            return tuple(Value(Kind.CLASS, one.name) for one in inference.instances(first, module))
        case "map", [_, *_]:
            return (instance("list", _result(inference, first, node, module)),)
        case "super", _:
            return _super(inference, node)
        case _:
            return (instance(name),)


def _super(inference: "Inference", node: ast.Call) -> Values:
    """The bases of the class around it."""
    around = enclosing_function(node)
    function = inference.project.function(around) if around else None
    if not isinstance(function, Function) or function.owner is None:
        return ()
    is_class = function.is_decorated("classmethod")
    return tuple(
        Value(Kind.CLASS if is_class else Kind.INSTANCE, name)
        for name in inference.models.ancestry(function.owner.name)[1:4]
    )

"""What a type annotation says that a name stands for."""

import ast
from typing import TYPE_CHECKING

from migration_guide.kit.audit.module import Module
from migration_guide.kit.audit.project import terminal
from migration_guide.kit.audit.values import Kind, Value, Values, instance, merged

if TYPE_CHECKING:
    from migration_guide.kit.audit.infer import Inference

HOLDERS = frozenset(
    {
        "list", "List", "Sequence", "Iterable", "Iterator", "Generator", "set", "Set", "tuple",
        "Tuple", "Collection", "AsyncIterator", "AsyncGenerator", "AsyncIterable", "frozenset",
        "WriteOnlyMapped", "DynamicMapped",
    }
)  # fmt: skip
MAPPINGS = frozenset({"dict", "Dict", "Mapping", "MutableMapping", "defaultdict"})
CLASSES = frozenset({"type", "Type"})
OPEN = frozenset(
    {
        "typing.Any", "typing.Callable", "collections.abc.Callable", "typing.Hashable",
        "typing.TypeVar",
    }
)  # fmt: skip
"""They say nothing of what the value is."""

TRANSPARENT = frozenset(
    {"Optional", "Mapped", "Annotated", "Final", "ClassVar", "Union", "Awaitable", "Required"}
)


def meaning(inference: "Inference", node: ast.AST, module: Module) -> Values:
    """The objects that a name with this annotation stands for."""
    match node:
        case ast.Constant(value=str(text)):
            return _quoted(inference, text, node, module)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return merged((meaning(inference, left, module), meaning(inference, right, module)))
        case ast.Subscript(value=holder, slice=arguments):
            return _generic(inference, terminal(holder), arguments, node, module)
        case ast.Name() | ast.Attribute():
            return tuple(
                found
                for value in inference.values(node, module)
                if (found := _instance_of(value)) is not None
            )
        case _:
            return ()


def _instance_of(value: Value) -> Value | None:
    is_class = value.kind is Kind.CLASS or (value.kind is Kind.EXTERNAL and value.name != "None")
    return instance(value.name) if is_class and value.name not in OPEN else None


def _generic(
    inference: "Inference", holder: str, arguments: ast.AST, node: ast.Subscript, module: Module
) -> Values:
    inner = list(arguments.elts) if isinstance(arguments, ast.Tuple) else [arguments]
    if not inner:
        return ()
    if holder in TRANSPARENT:
        chosen = inner[:1] if holder == "Annotated" else inner
        return merged(meaning(inference, one, module) for one in chosen)
    if holder in HOLDERS:
        return (instance("list", meaning(inference, inner[0], module)),)
    if holder in MAPPINGS:
        return (instance("dict", meaning(inference, inner[-1], module)),)
    held = merged(meaning(inference, one, module) for one in inner)
    if holder in CLASSES:
        known = inference.project.classes
        return tuple(Value(Kind.CLASS, one.name) for one in held if one.name in known)
    return tuple(
        instance(found.name, held)
        for value in inference.values(node.value, module)
        if (found := _instance_of(value)) is not None
    )


def _quoted(inference: "Inference", text: str, node: ast.AST, module: Module) -> Values:
    try:
        inner = ast.parse(text, mode="eval").body
    except SyntaxError:
        return ()
    for part in ast.walk(inner):
        for child in ast.iter_child_nodes(part):
            child.parent = part  # type: ignore[attr-defined]
        if hasattr(part, "lineno"):
            part.lineno = getattr(node, "lineno", 1)
    inner.parent = getattr(node, "parent", None)  # type: ignore[attr-defined]
    found = meaning(inference, inner, module)
    if found and any(value.kind is Kind.INSTANCE and value.name != text for value in found):
        return found
    # A name that is imported for the type checker alone, or not at all, as SQLAlchemy allows.
    classes = inference.project.by_simple_name.get(text.rpartition(".")[2], [])
    return tuple(instance(one.name) for one in classes[:1]) or found

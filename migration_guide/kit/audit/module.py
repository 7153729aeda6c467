"""One file of Python: its tree, and which name is bound where in it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from pathlib import Path

from migration_guide.kit.audit.comments import Ignored, ignored_in_python

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
Scope = ast.Module | ast.ClassDef | FunctionNode | ast.Lambda


class Bound(Enum):
    """How a name gets its value."""

    VALUE = "= expression"
    ANNOTATION = ": annotation"
    ELEMENT = "for … in expression"
    WITH = "with expression as"
    DEFINITION = "def or class"
    IMPORT = "import"
    PARAMETER = "parameter"
    OPAQUE = "something that is not followed"


@dataclass(frozen=True, slots=True)
class Binding:
    """One binding of a name.

    Attributes:
        how: see there.
        line: where.
        node: the expression, annotation, definition or parameter.
        index: which element of an unpacked value; None: the whole.
        target: of an import, the dotted name.

    """

    how: Bound
    line: int
    node: ast.AST
    index: int | None = None
    target: str = ""


Bindings = dict[str, list[Binding]]


@dataclass(eq=False)
class Module:
    """A parsed file.

    Attributes:
        name: dotted, from the root of the tree.
        path: relative to it, with slashes.
        source: its text.
        tree: its syntax; each node has its ``parent``.
        is_package: whether it is an ``__init__.py``.

    """

    name: str
    path: str
    source: str
    tree: ast.Module
    is_package: bool
    _bindings: dict[Scope, Bindings] = field(default_factory=dict, repr=False)

    @classmethod
    def parse(cls, root: Path, file: Path) -> "Module":
        """Read and parse a file.

        Raises:
            SyntaxError, ValueError, OSError: it is no Python of this version, or not readable.

        """
        # As Python itself reads it: by its coding line, else UTF-8.
        raw = file.read_bytes()
        tree = ast.parse(raw, filename=str(file))
        for node in ast.walk(tree):
            for child in ast.iter_child_nodes(node):
                child.parent = node  # type: ignore[attr-defined]
        parts = list(file.relative_to(root).with_suffix("").parts)
        is_package = parts[-1] == "__init__"
        if is_package:
            parts.pop()
        encoding = "utf-8-sig" if raw.startswith(b"\xef\xbb\xbf") else "utf-8"
        return cls(
            ".".join(parts) or root.resolve().name,
            file.relative_to(root).as_posix(),
            raw.decode(encoding, errors="replace"),
            tree,
            is_package,
        )

    @cached_property
    def lines(self) -> list[str]:
        # Not splitlines(), which also splits at form feeds, where ast does not.
        return self.source.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    @cached_property
    def package(self) -> str:
        return self.name if self.is_package else self.name.rpartition(".")[0]

    @cached_property
    def is_test(self) -> bool:
        parts = self.path.split("/")
        return (
            parts[-1].startswith(("test_", "conftest."))
            or parts[-1].endswith("_test.py")
            or (bool({"tests", "test"} & set(parts[:-1])) or parts[-1] in {"tests.py", "test.py"})
        )

    @cached_property
    def ignored(self) -> Ignored:
        return ignored_in_python(self.source, self.tree)

    def bindings(self, scope: Scope) -> Bindings:
        """What is bound in a scope itself, not in those inside it."""
        if scope not in self._bindings:
            found: Bindings = {}
            for name, binding in _bindings_of(scope, self):
                found.setdefault(name, []).append(binding)
            for name in self._globals if scope is self.tree else ():
                found.setdefault(name, []).extend(self._globals[name])
            self._bindings[scope] = found
        return self._bindings[scope]

    @cached_property
    def _globals(self) -> Bindings:
        """What functions bind to names of the module, by ``global``."""
        found: Bindings = {}
        if "global " not in self.source:
            return found
        for node in ast.walk(self.tree):
            function = enclosing_function(node) if isinstance(node, ast.Global) else None
            if function is not None:
                for name in node.names:  # type: ignore[attr-defined]
                    found.setdefault(name, []).extend(self.bindings(function).get(name, []))
        return found

    def absolute(self, level: int, target: str | None) -> str:
        """The dotted name that ``from ..target import`` means here."""
        if not level:
            return target or ""
        parts = self.package.split(".") if self.package else []
        if level > 1:
            parts = parts[: max(0, len(parts) - level + 1)]
        return ".".join([*parts, *([target] if target else [])])


def parent(node: ast.AST) -> ast.AST | None:
    return getattr(node, "parent", None)


def ancestors(node: ast.AST) -> Iterator[ast.AST]:
    """From the inside out."""
    above = parent(node)
    while above is not None:
        yield above
        above = parent(above)


def enclosing_function(node: ast.AST) -> FunctionNode | None:
    """The function that runs the node; a function does not run its own header."""
    below = node
    for above in ancestors(node):
        if isinstance(above, FunctionNode) and below in above.body:
            return above
        below = above
    return None


def enclosing_class(node: ast.AST) -> ast.ClassDef | None:
    """Of a method, or of something else that stands directly in a class."""
    for above in ancestors(node):
        if isinstance(above, ast.ClassDef):
            return above
        if isinstance(above, FunctionNode | ast.Lambda):
            return None
    return None


def qualified(node: ast.AST) -> str:
    """The dotted name of a definition within its module."""
    names = [getattr(node, "name", "<lambda>")]
    names += [
        above.name for above in ancestors(node) if isinstance(above, ast.ClassDef | FunctionNode)
    ]
    return ".".join(reversed(names))


def body_of(scope: ast.AST) -> Iterator[ast.AST]:
    """Every node that runs in a scope: not the bodies of functions and classes inside it."""
    todo: list[ast.AST] = (
        [scope.body] if isinstance(scope, ast.Lambda) else list(getattr(scope, "body", []))
    )
    todo.reverse()
    while todo:
        node = todo.pop()
        yield node
        if isinstance(node, FunctionNode):
            inside: list[ast.AST] = [*node.decorator_list, node.args]
        elif isinstance(node, ast.ClassDef):
            inside = [*node.decorator_list, *node.bases, *node.keywords]
        elif isinstance(node, ast.Lambda):
            inside = [node.args]
        else:
            inside = list(ast.iter_child_nodes(node))
        todo.extend(reversed(inside))


def _bindings_of(scope: Scope, module: Module) -> Iterator[tuple[str, Binding]]:
    if isinstance(scope, FunctionNode | ast.Lambda):
        for argument in parameters(scope):
            yield argument.arg, Binding(Bound.PARAMETER, scope.lineno, argument)
    for node in body_of(scope):
        yield from _bound_by(node, module)


def parameters(function: FunctionNode | ast.Lambda) -> list[ast.arg]:
    arguments = function.args
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]


def _bound_by(node: ast.AST, module: Module) -> Iterator[tuple[str, Binding]]:  # noqa: C901, PLR0912 -- one case for each kind of statement
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from _targets(target, Bound.VALUE, value)
        case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
            if value is not None:
                yield name, Binding(Bound.VALUE, node.lineno, value)
            yield name, Binding(Bound.ANNOTATION, node.lineno, annotation)
        case ast.NamedExpr(target=ast.Name(id=name), value=value):
            yield name, Binding(Bound.VALUE, node.lineno, value)
        case ast.For(target=target, iter=value) | ast.AsyncFor(target=target, iter=value):
            yield from _targets(target, Bound.ELEMENT, value)
        case ast.With(items=items) | ast.AsyncWith(items=items):
            for item in items:
                if item.optional_vars is not None:
                    yield from _targets(item.optional_vars, Bound.WITH, item.context_expr)
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield node.name, Binding(Bound.DEFINITION, node.lineno, node)
        case ast.Import(names=names):
            for alias in names:
                local = alias.asname or alias.name.partition(".")[0]
                target_name = alias.name if alias.asname else local
                yield local, Binding(Bound.IMPORT, node.lineno, node, target=target_name)
        case ast.ImportFrom(names=names, module=source, level=level):
            base = module.absolute(level, source)
            for alias in names:
                dotted = f"{base}.{alias.name}" if base else alias.name
                local = alias.asname or alias.name
                yield local, Binding(Bound.IMPORT, node.lineno, node, target=dotted)
        case ast.ExceptHandler(name=str(name)):
            yield name, Binding(Bound.OPAQUE, node.lineno, node)
        case _:
            pass


def _targets(target: ast.AST, how: Bound, value: ast.AST) -> Iterator[tuple[str, Binding]]:
    match target:
        case ast.Name(id=name):
            yield name, Binding(how, target.lineno, value)
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            for index, element in enumerate(elements):
                if isinstance(element, ast.Name):
                    yield element.id, Binding(how, element.lineno, value, index)
        case _:
            pass

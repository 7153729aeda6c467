"""Follow names and expressions to what they stand for, through the whole tree.

Nothing is imported or run. A name that has several meanings has several values; one that cannot be
followed has none.
"""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from migration_guide.kit.audit import annotations, calling, known, members, parameters
from migration_guide.kit.audit.models import Models
from migration_guide.kit.audit.module import (
    Binding,
    Bound,
    FunctionNode,
    Module,
    Scope,
    ancestors,
    enclosing_function,
)
from migration_guide.kit.audit.project import Function, Project, exported, given
from migration_guide.kit.audit.values import (
    Kind,
    Value,
    Values,
    external,
    instance,
    merged,
)

DEEPEST = 60
"""Steps from name to name; the recursion of a longer chain would not end in Python's stack."""

K = TypeVar("K")


@dataclass(eq=False)
class Inference:
    """Answers are kept; a question that leads back to itself has no answer."""

    project: Project
    _values: dict[ast.AST, Values] = field(default_factory=dict)
    _others: dict[object, Values] = field(default_factory=dict)
    _asking: set[object] = field(default_factory=set)
    _depth: int = 0
    _cuts: int = 0

    def __post_init__(self) -> None:
        self.models = Models(self)

    def values(self, node: ast.AST, module: Module) -> Values:
        """What an expression may stand for."""
        if (found := self._values.get(node)) is not None:
            return found
        return self._guarded(self._values, node, lambda: self._of(node, module))

    def once(self, key: object, answer: Callable[[], Values]) -> Values:
        """Answer a question of another kind than `values`, once."""
        if (found := self._others.get(key)) is not None:
            return found
        return self._guarded(self._others, key, answer)

    def _guarded(self, kept: dict[K, Values], key: K, answer: Callable[[], Values]) -> Values:
        if key in self._asking or self._depth > DEEPEST:
            self._cuts += 1
            return ()
        cuts = self._cuts
        self._asking.add(key)
        self._depth += 1
        try:
            found = answer()
        finally:
            self._asking.discard(key)
            self._depth -= 1
        # An answer that was cut short, since it led back to an open question, may be richer later.
        if found or cuts == self._cuts or not self._asking:
            kept[key] = found
        return found

    def _of(self, node: ast.AST, module: Module) -> Values:  # noqa: C901, PLR0911, PLR0912 -- one case for each kind of expression
        match node:
            case ast.Name():
                return self.name(node, module)
            case ast.Attribute():
                return merged(
                    members.attribute(self, value, node.attr, node, module)
                    for value in self.values(node.value, module)
                )
            case ast.Call():
                return calling.call(self, node, module)
            case ast.Await(value=value) | ast.Starred(value=value):
                return self.values(value, module)
            case ast.NamedExpr(value=value):
                return self.values(value, module)
            case ast.BoolOp(values=alternatives):
                return merged(self.values(one, module) for one in alternatives)
            case ast.IfExp(body=body, orelse=orelse):
                return merged((self.values(body, module), self.values(orelse, module)))
            case ast.Subscript():
                return self._subscript(node, module)
            case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
                held = merged(self.values(element, module) for element in elements[:8])
                return (instance("list", held),)
            case ast.ListComp(elt=element) | ast.SetComp(elt=element):
                return (instance("list", self.values(element, module)),)
            case ast.GeneratorExp(elt=element):
                return (instance("list", self.values(element, module)),)
            case ast.DictComp(value=value):
                return (instance("dict", self.values(value, module)),)
            case ast.Dict(values=entries):
                held = merged(self.values(entry, module) for entry in entries[:8])
                return (instance("dict", held),)
            case ast.Constant(value=value):
                return (instance(type(value).__name__),) if value is not None else ()
            case ast.JoinedStr():
                return (instance("str"),)
            case ast.BinOp(left=left, right=right):
                return merged((self.values(left, module), self.values(right, module)))
            case _:
                return ()

    def _subscript(self, node: ast.Subscript, module: Module) -> Values:
        found: list[Values] = []
        for value in self.values(node.value, module):
            if isinstance(node.slice, ast.Slice):
                found.append((value,))
            elif value.name == "dict":
                found.append(value.of)
            else:
                found.append(members.elements(self, value))
        return merged(found)

    # Names

    def name(self, node: ast.Name, module: Module) -> Values:
        """A name where it is used."""
        comprehension = self._in_comprehension(node, module)
        if comprehension is not None:
            return comprehension
        below: ast.AST = node
        for above in ancestors(node):
            is_scope = isinstance(above, FunctionNode | ast.Lambda | ast.ClassDef | ast.Module)
            if is_scope and _is_within(below, above):
                # A class's names are seen from its own statements, not from its methods.
                inside_class = isinstance(above, ast.ClassDef) and (
                    enclosing_function(node) is not enclosing_function(above)
                )
                found = module.bindings(above).get(node.id)  # type: ignore[arg-type]
                if found and not inside_class:
                    return self.bound(found, module, before=node, scope=above)  # type: ignore[arg-type]
            below = above
        return self._starred(node.id, module) or (external(node.id),)

    def _in_comprehension(self, node: ast.Name, module: Module) -> Values | None:
        for above in ancestors(node):
            for generator in getattr(above, "generators", []):
                for name, index in _names_in(generator.target):
                    if name == node.id and not _contains(generator.iter, node):
                        return self._held(generator.iter, module, index)
            if isinstance(above, ast.stmt):
                break
        return None

    def module_name(self, name: str, module: Module) -> Values:
        """A name of a module, as seen from outside."""

        def answer() -> Values:
            found = module.bindings(module.tree).get(name)
            if found:
                return self.bound(found, module, before=None, scope=module.tree)
            return self._starred(name, module)

        return self.once(("name", module.name, name), answer)

    def _starred(self, name: str, module: Module) -> Values:
        """A name that came by ``from … import *``."""
        for binding in module.bindings(module.tree).get("*", []):
            source = self.project.module(binding.target.removesuffix(".*"), module)
            if source is not None and source is not module and name in exported(source):
                return self.module_name(name, source)
        return ()

    def bound(
        self, bindings: list[Binding], module: Module, *, before: ast.AST | None, scope: Scope
    ) -> Values:
        """What a name stands for that has these bindings.

        Args:
            bindings: of the name, in its scope.
            module: where they stand.
            before: where it is used; within one function the nearest binding above it counts.
            scope: theirs.

        """
        chosen = bindings
        if before is not None and _runs_in(before, scope):
            line = getattr(before, "lineno", 0)
            above = [
                one for one in bindings if one.line <= line and not _contains(one.node, before)
            ]
            chosen = _nearest(above) or bindings
        return merged(self.binding(one, module, scope) for one in reversed(chosen))

    def binding(self, binding: Binding, module: Module, scope: Scope) -> Values:  # noqa: PLR0911 -- one case for each kind of binding
        """What one binding gives its name."""
        match binding.how:
            case Bound.VALUE if binding.index is None:
                return self.values(binding.node, module)
            case Bound.VALUE:
                return self._unpacked(binding, module)
            case Bound.ELEMENT:
                return self._held(binding.node, module, binding.index)
            case Bound.ANNOTATION:
                return annotations.meaning(self, binding.node, module)
            case Bound.WITH:
                return members.entered(self, binding.node, module)
            case Bound.DEFINITION:
                found = self.project.definitions.get(binding.node)
                kind = Kind.FUNCTION if isinstance(found, Function) else Kind.CLASS
                return (Value(kind, found.name),) if found else ()
            case Bound.IMPORT:
                return self.imported(binding.target, module)
            case Bound.PARAMETER if isinstance(binding.node, ast.arg):
                return parameters.meaning(self, binding.node, scope, module)
            case _:
                return ()

    def imported(self, target: str, module: Module) -> Values:
        """What a dotted name of an import stands for."""
        if target.endswith(".*"):
            return ()
        if (found := self.project.module(target, module)) is not None:
            return (Value(Kind.MODULE, found.name),)
        head, _, last = target.rpartition(".")
        source = self.project.module(head, module) if head else None
        if source is None:
            return (external(known.canonical(target)),)
        if source is module:
            return ()
        return self.module_name(last, source)

    def _unpacked(self, binding: Binding, module: Module) -> Values:
        node = binding.node
        if isinstance(node, ast.Tuple | ast.List) and len(node.elts) > (binding.index or 0):
            return self.values(node.elts[binding.index or 0], module)
        return ()

    def _held(self, node: ast.AST, module: Module, index: int | None) -> Values:
        """The elements of an iterable; of unpacked pairs nothing is known but of enumerate."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and index is not None:
            if node.func.id == "enumerate" and index == 1 and node.args:
                return self._held(node.args[0], module, None)
            if node.func.id == "zip" and len(node.args) > index:
                return self._held(node.args[index], module, None)
        if index is not None:
            is_items = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            if is_items and index == 1 and node.func.attr == "items":  # type: ignore[attr-defined]
                return merged(
                    value.of
                    for value in self.values(node.func.value, module)  # type: ignore[attr-defined]
                    if value.name == "dict"
                )
            return ()
        return merged(members.elements(self, value) for value in self.values(node, module))

    # Functions and classes

    def returned(self, function: Function) -> Values:
        """What a call of it gives; of a coroutine function, what awaiting that gives."""

        def answer() -> Values:
            node, module = function.node, function.module
            declared: Values = ()
            if node.returns is not None:
                declared = annotations.meaning(self, node.returns, module)
            if any(value.kind is Kind.INSTANCE and "." in value.name for value in declared):
                return declared
            found = merged(self.values(result, module) for result in given(node)[0])
            return found or declared

        return self.once(("returned", function.name), answer)

    def yielded(self, function: Function) -> Values:
        """What its ``yield`` gives: a fixture's or a context manager's value."""

        def answer() -> Values:
            return merged(self.values(one, function.module) for one in given(function.node)[1])

        return self.once(("yielded", function.name), answer)

    def instances(self, node: ast.AST, module: Module) -> Iterator[Value]:
        """The objects that an expression may stand for, without classes and functions."""
        for value in self.values(node, module):
            if value.kind is Kind.INSTANCE:
                yield value


def _nearest(bindings: list[Binding]) -> list[Binding]:
    """The last one, and with it those of the other branches of the same ``if`` or ``try``."""
    if not bindings:
        return []
    last = bindings[-1]
    branch = _branching(last.node)
    if branch is None:
        return [one for one in bindings if one.line == last.line]
    return [one for one in bindings if _branching(one.node) is branch or one.line == last.line]


def _branching(node: ast.AST) -> ast.AST | None:
    for above in ancestors(node):
        if isinstance(above, ast.If | ast.Try | ast.Match):
            return above
        if isinstance(above, FunctionNode | ast.Module | ast.ClassDef):
            return None
    return None


def _runs_in(node: ast.AST, scope: Scope) -> bool:
    """Whether the node runs as part of the scope, in the order of its lines."""
    function = enclosing_function(node)
    return function is scope or (function is None and isinstance(scope, ast.Module))


def _is_within(below: ast.AST, scope: ast.AST) -> bool:
    """Whether a node is in the scope, and not in what its header says."""
    if isinstance(scope, FunctionNode):
        return below in scope.body
    if isinstance(scope, ast.ClassDef):
        return below in scope.body
    return True


def _contains(tree: ast.AST, node: ast.AST) -> bool:
    return tree is node or any(above is tree for above in ancestors(node))


def _names_in(target: ast.AST) -> Iterator[tuple[str, int | None]]:
    match target:
        case ast.Name(id=name):
            yield name, None
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            for index, element in enumerate(elements):
                if isinstance(element, ast.Name):
                    yield element.id, index

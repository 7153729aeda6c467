"""Follow names and expressions to what they stand for, through the whole tree.

Nothing is imported or run. A name that has several meanings has several values; one that cannot be
followed has none.
"""

import ast
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from migration_guide.kit.audit import (
    annotations,
    calling,
    containers,
    hierarchy,
    known,
    members,
    parameters,
    rows,
)
from migration_guide.kit.audit.context import ANY, Context
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
from migration_guide.kit.audit.scopes import contains, is_within, names_in, nearest, runs_in
from migration_guide.kit.audit.users import CURRENT_USER, current_user
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
    context: Context = ANY
    """Of the function whose body is followed."""
    lambdas: dict[str, tuple[ast.Lambda, Module]] = field(default_factory=dict)
    _values: dict[Context, dict[ast.AST, Values]] = field(default_factory=lambda: defaultdict(dict))
    _others: dict[object, Values] = field(default_factory=dict)
    _asking: set[object] = field(default_factory=set)
    _depth: int = 0
    _cuts: int = 0

    def __post_init__(self) -> None:
        self._kept = self._values[ANY]
        self.models = Models(self)
        # What a base leaves to subclasses can be asked only when all bases are known.
        self.subclasses: Mapping[str, list[str]] = {}
        self.subclasses = hierarchy.subclasses(self)
        self._values.clear()
        self._others.clear()
        self._kept = self._values[ANY]

    def values(self, node: ast.AST, module: Module) -> Values:
        """What an expression may stand for."""
        kept = self._kept
        if (found := kept.get(node)) is not None:
            return found
        return self._guarded(kept, node, lambda: self._of(node, module), (id(kept), node))

    def once(self, key: object, answer: Callable[[], Values], context: Context = ANY) -> Values:
        """Answer a question of another kind than `values`, once."""
        if (found := self._others.get(key)) is not None:
            return found
        before = self.context, self._kept
        self.context, self._kept = context, self._values[context]
        try:
            return self._guarded(self._others, key, answer, key)
        finally:
            self.context, self._kept = before

    def _guarded(
        self, kept: dict[K, Values], key: K, answer: Callable[[], Values], question: object
    ) -> Values:
        if question in self._asking or self._depth > DEEPEST:
            self._cuts += 1
            return ()
        cuts = self._cuts
        self._asking.add(question)
        self._depth += 1
        try:
            found = answer()
        finally:
            self._asking.discard(question)
            self._depth -= 1
        # An answer that was cut short, since it led back to an open question, may be richer later.
        if found or cuts == self._cuts or not self._asking:
            kept[key] = found
        return found

    def _of(self, node: ast.AST, module: Module) -> Values:  # noqa: C901, PLR0911, PLR0912 -- one case for each kind of expression
        match node:
            case ast.Name():
                return containers.filled(self, node, self.name(node, module), module)
            case ast.Attribute(value=ast.Call(func=ast.Name(id="super"))):
                return members.inherited(self, node, module)
            case ast.Attribute():
                found = merged(
                    members.attribute(self, value, node.attr, node, module)
                    for value in self.values(node.value, module)
                )
                return containers.filled(self, node, found, module)
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
            case ast.Tuple(elts=elements):
                return (rows.row(self.values(element, module) for element in elements[:8]),)
            case ast.List(elts=elements) | ast.Set(elts=elements):
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
            case ast.Lambda():
                name = f"{module.name}.<lambda>:{node.lineno}:{node.col_offset}"
                self.lambdas[name] = node, module
                return (Value(Kind.FUNCTION, name),)
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
            elif value.name == rows.ROW and isinstance(node.slice, ast.Constant):
                found.append(rows.position(value, _index(node.slice)))
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
            if is_scope and is_within(below, above):
                # A class's names are seen from its own statements, not from its methods.
                inside_class = isinstance(above, ast.ClassDef) and (
                    enclosing_function(node) is not enclosing_function(above)
                )
                found = module.bindings(above).get(node.id)  # type: ignore[arg-type]
                if found and isinstance(above, ast.ClassDef):
                    # ``save = field(factory=save)`` means what has the name outside the class.
                    found = [one for one in found if not contains(one.node, node)]
                if found and not inside_class:
                    return self.bound(found, module, before=node, scope=above)  # type: ignore[arg-type]
            below = above
        return self._starred(node.id, module) or (external(node.id),)

    def _in_comprehension(self, node: ast.Name, module: Module) -> Values | None:
        for above in ancestors(node):
            for generator in getattr(above, "generators", []):
                for name, index in names_in(generator.target):
                    if name == node.id and not contains(generator.iter, node):
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
        if before is not None and runs_in(before, scope):
            line = getattr(before, "lineno", 0)
            above = [one for one in bindings if one.line <= line and not contains(one.node, before)]
            chosen = nearest(above) or bindings
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
            return self.outside(known.canonical(target))
        if source is module:
            return ()
        return self.module_name(last, source)

    def outside(self, name: str) -> Values:
        """What a dotted name outside the tree stands for."""
        return (current_user(self) if name in CURRENT_USER else ()) or (external(name),)

    def _unpacked(self, binding: Binding, module: Module) -> Values:
        node = binding.node
        index = binding.index or 0
        if isinstance(node, ast.Tuple | ast.List) and len(node.elts) > index:
            return self.values(node.elts[index], module)
        return merged(
            rows.position(value, index) if value.name == rows.ROW else members.elements(self, value)
            for value in self.values(node, module)
        )

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
            return merged(rows.position(one, index) for one in self._held(node, module, None))
        return merged(members.elements(self, value) for value in self.values(node, module))

    # Functions and classes

    def returned(self, function: Function, context: Context = ANY) -> Values:
        """What a call of it gives; of a coroutine function, what awaiting that gives."""

        def answer() -> Values:
            node, module = function.node, function.module
            declared: Values = ()
            if node.returns is not None:
                declared = annotations.meaning(self, node.returns, module)
            found = merged(self.values(result, module) for result in given(node)[0])
            if any(value.kind is Kind.INSTANCE and "." in value.name for value in declared):
                return self.of_these(found, declared) or declared
            return found or declared

        return self.once(("returned", function.name, context), answer, context)

    def called(self, target: Value, node: ast.Call, module: Module) -> Values:
        """What a call of this value gives."""
        return calling.called(self, target, node, module)

    def of_lambda(self, name: str) -> Values:
        """What a call of a lambda gives."""
        node, module = self.lambdas.get(name, (None, None))
        return self.values(node.body, module) if node and module else ()

    def of_these(self, values: Values, declared: Values) -> Values:
        """Those of the declared classes: they tell more, such as where an object was loaded."""
        names = [value.name for value in declared]
        return tuple(
            value
            for value in values
            if value.kind is Kind.INSTANCE and self.models.is_instance(value.name, *names)
        )

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


def _index(node: ast.Constant) -> int | None:
    return node.value if isinstance(node.value, int) else None

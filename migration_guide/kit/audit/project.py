"""The tree as a whole: its modules, classes and functions, and who is who among them."""

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from migration_guide.kit.audit.known import THIRD_PARTY
from migration_guide.kit.audit.module import (
    Bound,
    FunctionNode,
    Module,
    body_of,
    enclosing_class,
    parameters,
    qualified,
)

ADDING = frozenset({"append", "add", "insert", "appendleft", "setdefault"})
"""Methods that put their last argument into a container."""


@dataclass(eq=False)
class Class:
    """A class of the tree."""

    name: str
    node: ast.ClassDef
    module: Module

    def method(self, name: str) -> FunctionNode | None:
        for node in self.node.body:
            if isinstance(node, FunctionNode) and node.name == name:
                return node
        return None


@dataclass(eq=False)
class Function:
    """A function or method of the tree.

    Attributes:
        owner: the class that it is a method of.

    """

    name: str
    node: FunctionNode
    module: Module
    owner: Class | None

    @property
    def decorators(self) -> Iterator[ast.expr]:
        """Without their calls' parentheses."""
        for decorator in self.node.decorator_list:
            yield decorator.func if isinstance(decorator, ast.Call) else decorator

    def is_decorated(self, *names: str) -> bool:
        """Whether a decorator ends in one of these names."""
        return any(terminal(decorator) in names for decorator in self.decorators)

    @property
    def is_bound(self) -> bool:
        """Whether its first argument is not one that callers give."""
        return self.owner is not None and not self.is_decorated("staticmethod")

    @property
    def is_fixture(self) -> bool:
        """Whether pytest gives what it returns or yields to tests."""
        return self.is_decorated("fixture", "yield_fixture")


@dataclass(eq=False)
class Project:
    """All modules, and indexes over them."""

    modules: list[Module]
    classes: dict[str, Class] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)
    definitions: dict[ast.AST, Class | Function] = field(default_factory=dict)
    by_simple_name: dict[str, list[Class]] = field(default_factory=lambda: defaultdict(list))
    by_function_name: dict[str, list[Function]] = field(default_factory=lambda: defaultdict(list))
    fixtures: dict[str, list[Function]] = field(default_factory=lambda: defaultdict(list))
    calls: dict[str, list[tuple[Module, ast.Call]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    annotated: dict[tuple[str, str], list[ast.expr]] = field(
        default_factory=lambda: defaultdict(list)
    )
    """By module and name, the annotations of parameters."""
    stored: dict[str, list[tuple[Module, ast.expr, ast.expr]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    decorated: dict[str, list[tuple[Function, ast.expr]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    assigned: dict[str, list[tuple[Module, ast.expr, ast.expr]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _by_suffix: dict[str, list[Module]] = field(default_factory=lambda: defaultdict(list))
    _found: dict[tuple[str, str], Module | None] = field(default_factory=dict)
    _mentioned: dict[str, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for module in self.modules:
            parts = module.name.split(".")
            for start in range(len(parts)):
                self._by_suffix[".".join(parts[start:])].append(module)
            self._index(module)

    def _index(self, module: Module) -> None:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ClassDef):
                name = f"{module.name}.{qualified(node)}"
                self.classes[name] = self.definitions[node] = one = Class(name, node, module)
                self.by_simple_name[node.name].append(one)
            elif isinstance(node, FunctionNode):
                self._index_function(node, module)
            elif isinstance(node, ast.Call) and (called := terminal(node.func)):
                self.calls[called].append((module, node))
                self._index_adding(node, module)
            elif isinstance(node, ast.Assign):
                self._index_assignment(node, module)

    def _index_adding(self, node: ast.Call, module: Module) -> None:
        match node:
            case ast.Call(func=ast.Attribute(value=container, attr=name), args=[*_, value]):
                if name in ADDING:
                    self.stored[terminal(container)].append((module, container, value))
            case _:
                pass

    def _index_assignment(self, node: ast.Assign, module: Module) -> None:
        for target in node.targets:
            if isinstance(target, ast.Attribute):
                self.assigned[target.attr].append((module, target.value, node.value))
            elif isinstance(target, ast.Subscript):
                self.stored[terminal(target.value)].append((module, target.value, node.value))

    def _index_function(self, node: FunctionNode, module: Module) -> None:
        name = f"{module.name}.{qualified(node)}"
        above = enclosing_class(node)
        owner = self.definitions.get(above) if above else None
        one = Function(name, node, module, owner if isinstance(owner, Class) else None)
        # Of an overloaded or conditional definition, the last: it is what runs.
        self.functions[name] = self.definitions[node] = one
        self.by_function_name[node.name].append(one)
        for parameter in parameters(node):
            if parameter.annotation is not None:
                self.annotated[module.name, parameter.arg].append(parameter.annotation)
        for decorator in node.decorator_list:
            self.decorated[terminal(decorator)].append((one, decorator))
        if one.is_fixture:
            self.fixtures[_fixture_name(node)].append(one)

    def mentions(self, text: str) -> bool:
        """Whether a text stands anywhere in the tree's Python."""
        if text not in self._mentioned:
            self._mentioned[text] = any(text in module.source for module in self.modules)
        return self._mentioned[text]

    def function(self, node: ast.AST) -> Function | None:
        found = self.definitions.get(node)
        return found if isinstance(found, Function) else None

    def module(self, dotted: str, importer: Module) -> Module | None:
        """The module that an import means, wherever in the tree its root may be."""
        key = dotted, importer.name
        if key not in self._found:
            self._found[key] = self._find(dotted, importer)
        return self._found[key]

    def _find(self, dotted: str, importer: Module) -> Module | None:
        candidates = self._by_suffix.get(dotted, [])
        first = dotted.partition(".")[0]
        if first in THIRD_PARTY or first in sys.stdlib_module_names:
            candidates = [module for module in candidates if module.name == dotted]
        if not candidates:
            return None
        exact = [module for module in candidates if module.name == dotted]
        return max(exact or candidates, key=lambda module: _nearness(module, importer))

    def fixture(self, name: str, user: Module) -> Function | None:
        """The pytest fixture that a test of a module gets under this name."""
        folder = user.path.rpartition("/")[0]
        usable = [
            one
            for one in self.fixtures.get(name, [])
            if one.module is user
            or (
                one.module.path.endswith("conftest.py")
                and f"{folder}/".startswith(one.module.path.removesuffix("conftest.py"))
            )
        ]
        if not usable:
            usable = self.fixtures.get(name, [])[:1]  # of a plugin module
        return max(usable, key=lambda one: (one.module is user, len(one.module.path)), default=None)


def _fixture_name(node: FunctionNode) -> str:
    for decorator in node.decorator_list:
        for keyword in getattr(decorator, "keywords", []):
            if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
                return str(keyword.value.value)
    return node.name


def _nearness(module: Module, importer: Module) -> tuple[int, int]:
    ours, theirs = module.path.split("/"), importer.path.split("/")
    shared = 0
    for one, other in zip(ours, theirs, strict=False):
        if one != other:
            break
        shared += 1
    return shared, -len(ours)


def terminal(node: ast.AST) -> str:
    """The last name of an expression: ``c`` of ``a.b.c``."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=function):
            return terminal(function)
        case _:
            return ""


@cache
def given(function: FunctionNode) -> tuple[list[ast.expr], list[ast.expr]]:
    """What it returns, and what it yields."""
    returned, yielded = [], []
    for node in body_of(function):
        if isinstance(node, ast.Return) and node.value is not None:
            returned.append(node.value)
        elif isinstance(node, ast.Yield) and node.value is not None:
            yielded.append(node.value)
    return returned, yielded


@cache
def set_on_self(owner: ast.ClassDef) -> dict[str, list[tuple[ast.expr, bool]]]:
    """By name, what methods assign to ``self.name``; with True, its annotation."""
    found: dict[str, list[tuple[ast.expr, bool]]] = defaultdict(list)
    for method in owner.body:
        if not isinstance(method, FunctionNode) or not method.args.args:
            continue
        itself = method.args.args[0].arg
        for node in body_of(method):
            match node:
                case ast.Assign(targets=targets, value=value):
                    for target in targets:
                        if name := _attribute_of(target, itself):
                            found[name].append((value, False))
                case ast.AnnAssign(target=target, annotation=annotation, value=value):
                    if name := _attribute_of(target, itself):
                        found[name].append((annotation, True))
                        if value is not None:
                            found[name].append((value, False))
                case _:
                    pass
    return found


def _attribute_of(node: ast.AST, holder: str) -> str:
    match node:
        case ast.Attribute(value=ast.Name(id=name), attr=attr) if name == holder:
            return attr
        case _:
            return ""


def exported(module: Module) -> frozenset[str]:
    """The names that ``from module import *`` gives, as far as they are bound in it."""
    names = module.bindings(module.tree)
    for binding in names.get("__all__", []):
        if binding.how is Bound.VALUE and isinstance(binding.node, ast.List | ast.Tuple):
            return frozenset(
                element.value
                for element in binding.node.elts
                if isinstance(element, ast.Constant) and isinstance(element.value, str)
            )
    return frozenset(name for name in names if not name.startswith("_"))

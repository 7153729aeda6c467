"""The models of the tree: their bases, relationships and columns, and how they are loaded."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from migration_guide.kit.audit import known, mapping
from migration_guide.kit.audit.finding import Place
from migration_guide.kit.audit.module import Binding, Bound, Module
from migration_guide.kit.audit.project import Class, terminal
from migration_guide.kit.audit.values import Kind, Load

if TYPE_CHECKING:
    from migration_guide.kit.audit.infer import Inference


@dataclass(frozen=True, eq=False)
class Relationship:
    """One attribute of a model that leads to others.

    Attributes:
        owner: the model's dotted name.
        name: the attribute's.
        lazy: how it is loaded, in SQLAlchemy's words; "select" is the default.
        call: of ``relationship()``, where it was made.
        module: where that stands.
        is_backref: whether it is the other side, which ``backref=`` made.
        many: whether it is a collection; None: not said.

    """

    owner: str
    name: str
    lazy: str
    call: ast.Call
    module: Module
    is_backref: bool = False
    many: bool | None = None


class Models:
    """What the tree's models are, asked by the dotted names of their classes."""

    def __init__(self, inference: "Inference") -> None:
        self._inference = inference
        self._project = inference.project
        self._ancestry: dict[str, tuple[str, ...]] = {}
        self._given: dict[str, tuple[str, ...]] = {}

    # Classes

    def ancestry(self, name: str) -> tuple[str, ...]:
        """The class, then its bases, theirs and so on, as far as they can be followed."""
        if name not in self._ancestry:
            self._ancestry[name] = (name,)  # where a class seems to be its own base
            found = dict.fromkeys([name])
            for base in self._bases(name):
                found.update(dict.fromkeys(self.ancestry(base)))
            self._ancestry[name] = tuple(found)
        return self._ancestry[name]

    def _bases(self, name: str) -> Iterator[str]:
        one = self._project.classes.get(name)
        if one is None:
            return
        for base in one.node.bases:
            for value in self._inference.values(base, one.module):
                if (value.kind in {Kind.CLASS, Kind.EXTERNAL} and value.name != name) or (
                    value.kind is Kind.INSTANCE and value.name in known.DECLARATIVE_BASES
                ):
                    yield value.name
                if value.name == known.MODEL:
                    yield from (one for one in self.given_to_database("model_class") if one != name)

    def given_to_database(self, argument: str) -> tuple[str, ...]:
        """The classes that ``SQLAlchemy(model_class=…)`` or another argument of it is given."""
        key = f"SQLAlchemy({argument}=)"
        if key not in self._given:
            self._given[key] = ()  # while it is looked for
            self._given[key] = tuple(
                value.name
                for module, call in self._project.calls.get("SQLAlchemy", [])
                if (given := keyword(call, argument)) is not None
                for value in self._inference.values(given, module)
                if value.kind is Kind.CLASS
            )
        return self._given[key]

    def is_instance(self, name: str, *classes: str) -> bool:
        """Whether a class, by its name, is one of these or inherits from one."""
        return not set(classes).isdisjoint(self.ancestry(name))

    def is_session(self, name: str) -> bool:
        return self.is_instance(name, *known.SESSIONS, *known.ASYNC_SESSIONS)

    def is_async_session(self, name: str) -> bool:
        return self.is_instance(name, *known.ASYNC_SESSIONS)

    def is_model(self, name: str) -> bool:
        """Whether a class is mapped, or mixed into one that is."""
        is_declared = self.is_instance(name, *known.DECLARATIVE_BASES)
        return is_declared or name in self._mixed_in or name in self._mapped

    @cached_property
    def _mapped(self) -> frozenset[str]:
        return frozenset(name for name, _, _ in mapping.mapped(self._inference))

    @cached_property
    def _mixed_in(self) -> frozenset[str]:
        """Classes that are no models themselves, but bases of some."""
        found: set[str] = set()
        for name in self._project.classes:
            if self.is_instance(name, *known.DECLARATIVE_BASES):
                found.update(base for base in self.ancestry(name) if base in self._project.classes)
        return frozenset(found)

    def has_query(self, name: str) -> bool:
        """Whether a class has the attribute `query` of Flask-SQLAlchemy or `query_property`."""
        if not self.is_model(name):
            return False
        if self.is_instance(name, known.MODEL):
            return True
        mixed_into = name in self._mixed_in and any(
            self.is_instance(other, known.MODEL) and name in self.ancestry(other)
            for other in self._project.classes
        )
        return mixed_into or self._uses_query_property

    @cached_property
    def _uses_query_property(self) -> bool:
        return bool(self._project.calls.get("query_property"))

    # Relationships

    @cached_property
    def _relationships(self) -> dict[tuple[str, str], Relationship]:
        found: dict[tuple[str, str], Relationship] = {}
        for one in list(self._project.classes.values()):
            for relationship in self._declared(one):
                found[relationship.owner, relationship.name] = relationship
        for relationship in self._mapped_by_calls():
            found[relationship.owner, relationship.name] = relationship
        for relationship in list(found.values()):
            if (other := self._backref(relationship)) is not None:
                found.setdefault((other.owner, other.name), other)
        return found

    def relationships(self) -> Iterable[Relationship]:
        return self._relationships.values()

    def relationship(self, model: str, name: str) -> Relationship | None:
        """The relationship that a model, or one of its bases, has under this name."""
        if not name or model not in self._project.classes:
            return None
        for base in self.ancestry(model):
            if (found := self._relationships.get((base, name))) is not None:
                return found
        return None

    def _declared(self, one: Class) -> Iterator[Relationship]:
        for name, bindings in one.module.bindings(one.node).items():
            call = next(
                (
                    found
                    for binding in bindings
                    if (found := _relationship_call(binding.node)) is not None
                ),
                None,
            )
            if call is None:
                continue
            annotation = next((one.node for one in bindings if one.how is Bound.ANNOTATION), None)
            yield Relationship(
                one.name,
                name,
                _loading(call, annotation),
                call,
                one.module,
                many=_said_to_be_many(call, annotation),
            )

    def _mapped_by_calls(self) -> Iterator[Relationship]:
        for owner, call, module in mapping.mapped(self._inference):
            for name, value in mapping.properties(call):
                if (made := _relationship_call(value)) is not None:
                    yield Relationship(
                        owner, name, lazy_of(made), made, module, many=_said_to_be_many(made, None)
                    )

    def _backref(self, relationship: Relationship) -> Relationship | None:
        value = keyword(relationship.call, "backref")
        target = self.target(relationship)
        if value is None or target is None:
            return None
        lazy, name, many = "select", "", None
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            name = value.value
        elif isinstance(value, ast.Call) and value.args and isinstance(value.args[0], ast.Constant):
            name, lazy = str(value.args[0].value), lazy_of(value)
            many = _said_to_be_many(value, None)
        if not name:
            return None
        if many is None and keyword(relationship.call, "secondary") is None:
            many = not self.is_collection(relationship)
        return Relationship(
            target, name, lazy, relationship.call, relationship.module, is_backref=True, many=many
        )

    def target(self, relationship: Relationship) -> str | None:
        """The model that a relationship leads to."""
        if relationship.is_backref:
            for other in self._relationships.values():
                if other.call is relationship.call and not other.is_backref:
                    return other.owner
            return None
        arguments = relationship.call.args
        given = arguments[0] if arguments else keyword(relationship.call, "argument")
        if isinstance(given, ast.Lambda):
            given = given.body
        if isinstance(given, ast.Constant) and isinstance(given.value, str):
            return self._by_name(given.value, relationship.module)
        if given is not None:
            for value in self._inference.values(given, relationship.module):
                for one in (value, *value.of):
                    if one.kind is Kind.CLASS:
                        return one.name
        return self._annotated_target(relationship)

    def _annotated_target(self, relationship: Relationship) -> str | None:
        owner = self._project.classes[relationship.owner]
        for binding in relationship.module.bindings(owner.node).get(relationship.name, []):
            if binding.how is not Bound.ANNOTATION:
                continue
            for value in self._inference.binding(binding, relationship.module, owner.node):
                for one in (value, *value.of):
                    if self._project.classes.get(one.name):
                        return one.name
        return None

    def _by_name(self, name: str, module: Module) -> str | None:
        candidates = self._project.by_simple_name.get(name.rpartition(".")[2], [])
        mapped = [one for one in candidates if self.is_model(one.name)]
        same = [one for one in mapped if one.module is module]
        chosen = same or mapped
        return chosen[0].name if chosen else None

    def is_collection(self, relationship: Relationship) -> bool:
        """Whether it holds many objects: said, or by where the foreign key is."""
        if relationship.many is not None:
            return relationship.many
        if keyword(relationship.call, "secondary") is not None:
            return True
        target = self.target(relationship)
        owner_key = self._refers(relationship.owner, target)
        return not owner_key or self._refers(target, relationship.owner)

    def _refers(self, owner: str | None, target: str | None) -> bool:
        """Whether a column of one model has a foreign key to the other's table."""
        if owner is None or target is None:
            return False
        table = self.table(target)
        for base in self.ancestry(owner):
            one = self._project.classes.get(base)
            for node in ast.walk(one.node) if one else ():
                if isinstance(node, ast.Call) and terminal(node.func) == "ForeignKey" and node.args:
                    first = node.args[0]
                    if isinstance(first, ast.Constant):
                        parts = str(first.value).split(".")
                        if len(parts) > 1 and parts[-2] == table:
                            return True
                    elif isinstance(first, ast.Attribute) and any(
                        value.name == target
                        for value in self._inference.values(first.value, one.module)  # type: ignore[union-attr]
                    ):
                        return True
        return False

    def table(self, model: str) -> str:
        """The name of its table: said, or as Flask-SQLAlchemy makes it."""
        one = self._project.classes.get(model)
        for binding in one.module.bindings(one.node).get("__tablename__", []) if one else ():
            if isinstance(binding.node, ast.Constant):
                return str(binding.node.value)
        simple = model.rpartition(".")[2]
        return "".join(
            f"_{letter.lower()}" if letter.isupper() and index else letter.lower()
            for index, letter in enumerate(simple)
        )

    # Columns

    def column(self, model: str, name: str) -> ast.Call | None:
        """The call that makes a column of a model."""
        for binding in self._bindings(model, name):
            node = binding.node
            if isinstance(node, ast.Call) and terminal(node.func) in {
                "Column",
                "mapped_column",
                "deferred",
                "column_property",
            }:
                return node
        return None

    def annotation(self, model: str, name: str) -> ast.expr | None:
        """Of an attribute of a model that has nothing else: ``name: Mapped[str]``."""
        for binding in self._bindings(model, name):
            if binding.how is Bound.ANNOTATION and isinstance(binding.node, ast.expr):
                return binding.node
        return None

    def _bindings(self, model: str, name: str) -> Iterator[Binding]:
        """Of a name in the bodies of a class and its bases, the nearest first."""
        for base in self.ancestry(model):
            one = self._project.classes.get(base)
            yield from one.module.bindings(one.node).get(name, []) if one else ()

    # Loading

    def load(self, node: ast.AST, module: Module) -> Load:
        return Load(Place(module.path, getattr(node, "lineno", 1)))

    def names_in(self, nodes: Iterable[ast.AST], module: Module) -> Iterator[str]:
        """The attributes and texts that loader options mention, also by way of a constant."""
        for node in nodes:
            for part in ast.walk(node):
                if isinstance(part, ast.Attribute):
                    yield part.attr
                elif isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield from part.value.split(".")
                elif isinstance(part, ast.Name):
                    yield from self._names_of_constant(part, module)

    def _names_of_constant(self, node: ast.Name, module: Module) -> Iterator[str]:
        source, name = module, node.id
        bindings = module.bindings(module.tree).get(name, [])
        for binding in bindings:
            if binding.how is Bound.IMPORT:
                head, _, name = binding.target.rpartition(".")
                source = self._project.module(head, module) or module
                bindings = source.bindings(source.tree).get(name, [])
                break
        for binding in bindings:
            if binding.how is Bound.VALUE:
                for part in ast.walk(binding.node):
                    if isinstance(part, ast.Attribute):
                        yield part.attr


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((one.value for one in call.keywords if one.arg == name), None)


def lazy_of(call: ast.Call) -> str:
    """The loading of a ``relationship()`` or ``backref()``; "select" is the default."""
    value = keyword(call, "lazy")
    return str(value.value) if isinstance(value, ast.Constant) else "select"


def _loading(call: ast.Call, annotation: ast.AST | None) -> str:
    """As `lazy_of`, or as its annotation says."""
    holder = annotation.value if isinstance(annotation, ast.Subscript) else None
    if terminal(call.func) == "dynamic_loader" or (holder and terminal(holder) == "DynamicMapped"):
        return "dynamic"
    is_write_only = holder is not None and terminal(holder) == "WriteOnlyMapped"
    return "write_only" if is_write_only else lazy_of(call)


def _relationship_call(node: ast.AST) -> ast.Call | None:
    if isinstance(node, ast.Call) and terminal(node.func) in {
        "relationship",
        "relation",
        "dynamic_loader",
        "Relationship",
    }:
        return node
    # @declared_attr def lines(cls): return relationship(…)
    if isinstance(node, ast.FunctionDef):
        for part in node.body:
            if isinstance(part, ast.Return) and part.value is not None:
                return _relationship_call(part.value)
    return None


def _said_to_be_many(call: ast.Call, annotation: ast.AST | None) -> bool | None:
    uselist = keyword(call, "uselist")
    if isinstance(uselist, ast.Constant):
        return bool(uselist.value)
    if annotation is not None:
        text = ast.unparse(annotation).lower()
        return any(word in text for word in ("list[", "set[", "dict[", "collection["))
    return None

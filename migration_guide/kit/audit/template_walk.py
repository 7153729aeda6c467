"""One Jinja template: which attributes of which objects it looks at, and what it passes on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from jinja2 import nodes

from migration_guide.kit.audit import known, members, rows
from migration_guide.kit.audit.context import of_receiver
from migration_guide.kit.audit.infer import Inference
from migration_guide.kit.audit.module import Module
from migration_guide.kit.audit.values import Kind, Value, Values, instance, merged

Context = dict[str, Values]
"""Names, and what they stand for."""

SAME_ELEMENTS = frozenset(
    {"sort", "list", "reverse", "unique", "selectattr", "rejectattr", "select", "reject"}
)
"""Filters that give the elements that they are given."""


@dataclass(frozen=True, eq=False)
class Access:
    """An attribute that a template looks at.

    Attributes:
        line: where.
        owner: the objects that have it.
        name: its name.
        text: the expression, as in ``order.lines``.
        is_called: whether it is called.

    """

    line: int
    owner: Values
    name: str
    text: str
    is_called: bool


@dataclass
class Walk:
    """Goes through a template with the names that are bound at each place.

    Attributes:
        inference: to follow them.
        module: any, to resolve what the values' own modules say.
        macros: what calls give the macros of the template, by their names, then by position or
            name of the argument.
        passed: what it gives the templates that it includes or extends, by their names.
        called: the macros that it calls, as (template, macro); the first is empty for its own.

    """

    inference: Inference
    module: Module
    macros: Mapping[str, Context]
    passed: list[tuple[str, Context]] = field(default_factory=list)
    called: list[tuple[str, str, Context]] = field(default_factory=list)
    _imported: dict[str, tuple[str, str]] = field(default_factory=dict)

    def of(self, body: list[nodes.Node], names: Context) -> Iterator[Access]:
        for node in body:
            yield from self._node(node, names)

    def _node(self, node: nodes.Node, names: Context) -> Iterator[Access]:  # noqa: C901, PLR0912 -- one case for each kind of node
        match node:
            case nodes.For():
                yield from self._node(node.iter, names)
                inner = dict(names)
                held = merged(
                    members.elements(self.inference, value)
                    for value in self._values(node.iter, names)
                )
                for name, index in _targets(node.target):
                    inner[name] = held if index is None else _position(held, index)
                yield from self.of([*node.body, *node.else_], inner)
                if node.test is not None:
                    yield from self._node(node.test, inner)
            case nodes.Assign():
                yield from self._node(node.node, names)
                for name, index in _targets(node.target):
                    names[name] = self._values(node.node, names) if index is None else ()
            case nodes.With():
                inner = dict(names)
                for target, value in zip(node.targets, node.values, strict=True):
                    yield from self._node(value, names)
                    for name, _ in _targets(target):
                        inner[name] = self._values(value, names)
                yield from self.of(node.body, inner)
            case nodes.Macro():
                given = self.macros.get(node.name, {})
                inner = dict(names)
                for index, one in enumerate(node.args):
                    inner[one.name] = merged((given.get(str(index), ()), given.get(one.name, ())))
                yield from self.of(node.body, inner)
            case nodes.Include(template=nodes.Const(value=str(template))):
                self.passed.append((template, dict(names)))
            case nodes.Extends(template=nodes.Const(value=str(template))):
                self.passed.append((template, dict(names)))
            case nodes.Import(template=nodes.Const(value=str(template)), target=target):
                self._imported[target] = template, ""
            case nodes.FromImport(template=nodes.Const(value=str(template)), names=imported):
                for pair in imported:
                    macro, alias = pair if isinstance(pair, tuple) else (pair, pair)
                    self._imported[alias] = template, macro
            case nodes.Call(node=nodes.Name(name=name)):
                template, macro = self._imported.get(name, ("", name))
                self._note(template, macro, node, names)
                yield from self.of(list(node.iter_child_nodes()), names)
            case nodes.Call(node=nodes.Getattr() as called):
                if isinstance(called.node, nodes.Name) and called.node.name in self._imported:
                    self._note(self._imported[called.node.name][0], called.attr, node, names)
                yield from self._access(called, names, is_called=True)
                for child in [*node.args, *(one.value for one in node.kwargs)]:
                    yield from self._node(child, names)
            case nodes.Getattr():
                yield from self._access(node, names, is_called=False)
            case _:
                yield from self.of(list(node.iter_child_nodes()), names)

    def _note(self, template: str, macro: str, node: nodes.Call, names: Context) -> None:
        """What a call gives a macro, if it is of one."""
        given = {str(index): self._values(one, names) for index, one in enumerate(node.args)}
        given |= {one.key: self._values(one.value, names) for one in node.kwargs}
        if any(given.values()):
            self.called.append((template, macro, given))

    def _access(self, node: nodes.Getattr, names: Context, *, is_called: bool) -> Iterator[Access]:
        yield from self._node(node.node, names)
        yield Access(node.lineno, self._values(node.node, names), node.attr, _text(node), is_called)

    def _values(self, node: nodes.Node, names: Context) -> Values:  # noqa: PLR0911 -- one case for each kind of expression
        match node:
            case nodes.Name(name=name):
                return names.get(name, ())
            case nodes.Getattr(node=inner, attr=attr):
                return merged(
                    members.attribute(self.inference, value, attr, self.module.tree, self.module)
                    for value in self._values(inner, names)
                )
            case nodes.Getitem(node=inner):
                return merged(
                    value.of if value.name == "dict" else members.elements(self.inference, value)
                    for value in self._values(inner, names)
                )
            case nodes.Filter(node=nodes.Expr() as inner, name=name):
                values = self._values(inner, names)
                if name in {"first", "last", "random"}:
                    return merged(members.elements(self.inference, value) for value in values)
                return values if name in SAME_ELEMENTS else ()
            case nodes.Call(node=nodes.Getattr(node=inner, attr=attr)):
                return merged(self._method(value, attr) for value in self._values(inner, names))
            case nodes.Call(node=nodes.Name(name=name)):
                return merged(self._returned(value) for value in names.get(name, ()))
            case nodes.Or(left=one, right=other) | nodes.And(left=one, right=other):
                return merged((self._values(one, names), self._values(other, names)))
            case nodes.CondExpr(expr1=one, expr2=other):
                return merged(
                    self._values(part, names) for part in (one, other) if part is not None
                )
            case _:
                return ()

    def _method(self, value: Value, attr: str) -> Values:
        if value.name == known.QUERY:
            if attr in known.QUERY_CHAIN:
                return (value,)
            if attr == "all":
                return (instance("list", value.of, value.load),)
            if attr in known.QUERY_ONE:
                return members.elements(self.inference, value)
        found = members.attribute(
            self.inference,
            value,
            attr,
            self.module.tree,
            self.module,
        )
        return merged(self._returned(one) for one in found)

    def _returned(self, value: Value) -> Values:
        function = self.inference.project.functions.get(value.name)
        if value.kind is not Kind.FUNCTION or function is None:
            return ()
        return self.inference.returned(
            function, of_receiver(self.inference, function, value.of[0] if value.of else None)
        )


def _position(values: Values, index: int) -> Values:
    return merged(rows.position(value, index) for value in values)


def _targets(target: nodes.Node) -> Iterator[tuple[str, int | None]]:
    match target:
        case nodes.Name(name=name):
            yield name, None
        case nodes.Tuple(items=items):
            for index, item in enumerate(items):
                if isinstance(item, nodes.Name):
                    yield item.name, index


def _text(node: nodes.Node) -> str:
    match node:
        case nodes.Getattr(node=inner, attr=attr):
            return f"{_text(inner)}.{attr}"
        case nodes.Name(name=name):
            return str(name)
        case nodes.Call(node=inner):
            return f"{_text(inner)}()"
        case nodes.Getitem(node=inner):
            return f"{_text(inner)}[…]"
        case _:
            return "…"

"""Jinja templates: which objects they are given, and which attributes they look at."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from jinja2 import Environment, TemplateSyntaxError, nodes

from migration_guide.kit.audit import known, members
from migration_guide.kit.audit.finding import Unread
from migration_guide.kit.audit.infer import Inference
from migration_guide.kit.audit.module import FunctionNode, Module
from migration_guide.kit.audit.texts import Text
from migration_guide.kit.audit.values import Kind, Value, Values, instance, merged

RENDERERS = (
    "render_template", "render_template_string", "stream_template", "render",
    "render_theme_template",
)  # fmt: skip
EXTENSIONS = ("jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols")

Context = dict[str, Values]


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


@dataclass(frozen=True, eq=False)
class Template:
    """A template with what it is given."""

    text: Text
    tree: nodes.Template
    context: Context
    inference: Inference
    anywhere: Module  # to resolve what the values' own modules say

    @cached_property
    def accesses(self) -> list[Access]:
        return list(_Walk(self).of(self.tree.body, dict(self.context)))


class _Walk:
    """Goes through a template with the names that are bound at each place."""

    def __init__(self, template: Template) -> None:
        self._inference = template.inference
        self._module = template.anywhere

    def of(self, body: list[nodes.Node], names: Context) -> Iterator[Access]:
        for node in body:
            yield from self._node(node, names)

    def _node(self, node: nodes.Node, names: Context) -> Iterator[Access]:  # noqa: C901, PLR0912 -- one case for each kind of node
        match node:
            case nodes.For():
                yield from self._node(node.iter, names)
                inner = dict(names)
                held = merged(
                    members.elements(self._inference, value)
                    for value in self._values(node.iter, names)
                )
                for name, index in _targets(node.target):
                    inner[name] = held if index is None else ()
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
                inner = dict(names) | {one.name: names.get(one.name, ()) for one in node.args}
                yield from self.of(node.body, inner)
            case nodes.Call(node=nodes.Getattr() as called):
                yield from self._access(called, names, is_called=True)
                for child in [*node.args, *(one.value for one in node.kwargs)]:
                    yield from self._node(child, names)
            case nodes.Getattr():
                yield from self._access(node, names, is_called=False)
            case _:
                yield from self.of(list(node.iter_child_nodes()), names)

    def _access(self, node: nodes.Getattr, names: Context, *, is_called: bool) -> Iterator[Access]:
        yield from self._node(node.node, names)
        yield Access(node.lineno, self._values(node.node, names), node.attr, _text(node), is_called)

    def _values(self, node: nodes.Node, names: Context) -> Values:  # noqa: PLR0911 -- one case for each kind of expression
        match node:
            case nodes.Name(name=name):
                return names.get(name, ())
            case nodes.Getattr(node=inner, attr=attr):
                return merged(
                    members.attribute(self._inference, value, attr, self._module.tree, self._module)
                    for value in self._values(inner, names)
                )
            case nodes.Getitem(node=inner):
                return merged(
                    value.of if value.name == "dict" else members.elements(self._inference, value)
                    for value in self._values(inner, names)
                )
            case nodes.Filter(node=nodes.Expr() as inner, name=name):
                values = self._values(inner, names)
                if name in {"first", "last", "random"}:
                    return merged(members.elements(self._inference, value) for value in values)
                return values if name in {"sort", "list", "reverse", "unique", "batch"} else ()
            case nodes.Call(node=nodes.Getattr(node=inner, attr=attr)):
                return merged(self._method(value, attr) for value in self._values(inner, names))
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
                return members.elements(self._inference, value)
        found = members.attribute(
            self._inference,
            value,
            attr,
            self._module.tree,
            self._module,
        )
        groups = []
        for one in found:
            function = self._inference.project.functions.get(one.name)
            if one.kind is Kind.FUNCTION and function is not None:
                groups.append(self._inference.returned(function))
        return merged(groups)


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


@dataclass
class Templates:
    """All templates of the tree, each with the names that views give it."""

    inference: Inference
    texts: list[Text]
    unread: list[Unread] = field(default_factory=list)

    def read(self) -> list[Template]:
        environment = Environment(extensions=EXTENSIONS)  # noqa: S701 -- nothing is rendered
        trees: dict[str, tuple[Text, nodes.Template]] = {}
        for text in self.texts:
            try:
                trees[text.path] = text, environment.parse(text.source)
            except TemplateSyntaxError as error:
                if "{%" in text.source or "{{" in text.source:
                    self.unread.append(
                        Unread(text.place(error.lineno), f"not a Jinja template: {error.message}")
                    )
        contexts = self._contexts(trees)
        anywhere = next(iter(self.inference.project.modules), None)
        if anywhere is None:
            return []
        return [
            Template(text, tree, self._shared | contexts[path], self.inference, anywhere)
            for path, (text, tree) in trees.items()
        ]

    @cached_property
    def _shared(self) -> Context:
        """What every template is given: Flask's own names, and those of context processors."""
        shared: Context = {"request": (instance(known.REQUEST),)}
        user = self.inference.once(
            ("name of", "current_user"), lambda: current_user(self.inference)
        )
        if user:
            shared["current_user"] = user
        for functions in self.inference.project.by_function_name.values():
            for function in functions:
                if not function.is_decorated("context_processor", "app_context_processor"):
                    continue
                for node in ast.walk(function.node):
                    if isinstance(node, ast.Return) and node.value is not None:
                        shared |= _given(node.value, function.module, self.inference)
        return shared

    def _contexts(self, trees: dict[str, tuple[Text, nodes.Template]]) -> dict[str, Context]:
        given = self._rendered()
        contexts: dict[str, Context] = {path: _context_of(path, given) for path in trees}
        # A template that is included or extended sees what the other is given.
        for _round in range(3):
            for path, (_, tree) in trees.items():
                for node in tree.find_all((nodes.Include, nodes.Extends, nodes.FromImport)):
                    name = getattr(node, "template", None)
                    name = getattr(name, "value", None)
                    for other in trees:
                        if isinstance(name, str) and (other == name or other.endswith(f"/{name}")):
                            for key, values in contexts[path].items():
                                contexts[other].setdefault(key, values)
        return contexts

    def _rendered(self) -> dict[str, list[Context]]:
        """By the name of the template, what each call gives it."""
        found: dict[str, list[Context]] = defaultdict(list)
        for renderer in RENDERERS:
            for module, call in self.inference.project.calls.get(renderer, []):
                if not call.args:
                    continue
                names = {
                    value.value
                    for value in ast.walk(call.args[0])
                    if isinstance(value, ast.Constant) and isinstance(value.value, str)
                }
                context: Context = {}
                for keyword in call.keywords:
                    if keyword.arg is not None:
                        context[keyword.arg] = self.inference.values(keyword.value, module)
                    else:
                        context |= _given(keyword.value, module, self.inference)
                for extra in call.args[1:]:
                    context |= _given(extra, module, self.inference)
                for name in names:
                    found[name].append(context)
        return found


def _given(node: ast.expr, module: Module, inference: Inference) -> Context:
    """The names of ``dict(a=…)`` or ``{"a": …}``."""
    match node:
        case ast.Call(func=ast.Name(id="dict"), keywords=keywords):
            return {
                one.arg: inference.values(one.value, module)
                for one in keywords
                if one.arg is not None
            }
        case ast.Dict(keys=keys, values=values):
            return {
                str(key.value): inference.values(value, module)
                for key, value in zip(keys, values, strict=True)
                if isinstance(key, ast.Constant)
            }
        case ast.Name(id=name):
            for above in [*_functions_around(node), module.tree]:
                for binding in module.bindings(above).get(name, []):
                    if isinstance(binding.node, ast.Dict | ast.Call):
                        return _given(binding.node, module, inference)
    return {}


def _functions_around(node: ast.AST) -> Iterator[FunctionNode]:
    above = getattr(node, "parent", None)
    while above is not None:
        if isinstance(above, FunctionNode):
            yield above
        above = getattr(above, "parent", None)


def _context_of(path: str, given: dict[str, list[Context]]) -> Context:
    context: Context = {}
    for name, contexts in given.items():
        if path == name or path.endswith(f"/{name}"):
            for one in contexts:
                for key, values in one.items():
                    context[key] = merged((context.get(key, ()), values))
    return context


def current_user(inference: Inference) -> Values:
    """Flask-Login's user: what the function with ``user_loader`` returns, or the UserMixin."""
    project = inference.project
    for functions in project.by_function_name.values():
        for function in functions:
            if function.is_decorated("user_loader", "request_loader", "user_lookup_loader"):
                found = tuple(
                    value
                    for value in inference.returned(function)
                    if inference.models.is_model(value.name)
                )
                if found:
                    return found
    for name in project.classes:
        if inference.models.is_model(name) and inference.models.is_instance(
            name, "flask_login.UserMixin", "flask_security.UserMixin"
        ):
            return (instance(name),)
    return ()

"""All Jinja templates, with what views and other templates give them."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from jinja2 import Environment, TemplateSyntaxError, nodes

from migration_guide.kit.audit import known
from migration_guide.kit.audit.finding import Unread
from migration_guide.kit.audit.infer import Inference
from migration_guide.kit.audit.module import FunctionNode, Module, parameters
from migration_guide.kit.audit.project import terminal
from migration_guide.kit.audit.template_walk import Access, Context, Walk
from migration_guide.kit.audit.texts import Text
from migration_guide.kit.audit.users import current_user
from migration_guide.kit.audit.values import instance, merged

RENDERERS = (
    "render_template", "render_template_string", "stream_template", "render",
    "render_theme_template",
)  # fmt: skip
ROUNDS = 4
"""How far names go from a template to one that it includes, and on from there."""

EXTENSIONS = ("jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols")


@dataclass(frozen=True, eq=False)
class Template:
    """A template with what it is given."""

    text: Text
    accesses: list[Access]
    inference: Inference


@dataclass
class Passing:
    """What templates are given, by those that include or call them too.

    Attributes:
        contexts: the names of each template, by its path.
        macros: what the macros of each are given.

    """

    contexts: dict[str, Context]
    macros: dict[str, dict[str, Context]]

    def note(self, walked: dict[str, Walk]) -> list[str]:
        """Add what these pass on; the templates that see more now."""
        changed: dict[str, None] = {}
        for path, walk in walked.items():
            for name, context in walk.passed:
                for other in self._paths(name):
                    if _add(self.contexts[other], context):
                        changed.setdefault(other)
            for name, macro, arguments in walk.called:
                for other in self._paths(name) if name else [path]:
                    if _add(self.macros[other][macro], arguments):
                        changed.setdefault(other)
        return list(changed)

    def _paths(self, name: str) -> list[str]:
        return [path for path in self.contexts if path == name or path.endswith(f"/{name}")]


def _add(context: Context, more: Context) -> bool:
    """Merge names into others; whether that changed anything."""
    is_changed = False
    for name, values in more.items():
        before = context.get(name, ())
        after = merged((before, values))
        if after != before:
            context[name] = after
            is_changed = True
    return is_changed


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
        anywhere = next(iter(self.inference.project.modules), None)
        if anywhere is None:
            return []
        given = self._rendered()
        passing = Passing(
            {path: self._shared | _context_of(path, given) for path in trees},
            {path: defaultdict(dict) for path in trees},
        )
        accesses: dict[str, list[Access]] = {}
        todo = list(trees)
        for _round in range(ROUNDS):
            walked = {}
            for path in todo:
                walk = Walk(self.inference, anywhere, passing.macros[path])
                accesses[path] = list(walk.of(trees[path][1].body, dict(passing.contexts[path])))
                walked[path] = walk
            todo = passing.note(walked)
        return [Template(text, accesses[path], self.inference) for path, (text, _) in trees.items()]

    @cached_property
    def _shared(self) -> Context:
        """What every template is given: Flask's own names, and those of context processors."""
        shared: Context = {
            "request": (instance(known.REQUEST),),
            "g": (instance(known.OBJECTS["flask.g"]),),
        }
        if user := current_user(self.inference):
            shared["current_user"] = user
        for functions in self.inference.project.by_function_name.values():
            for function in functions:
                if not function.is_decorated("context_processor", "app_context_processor"):
                    continue
                for node in ast.walk(function.node):
                    if isinstance(node, ast.Return) and node.value is not None:
                        shared |= _given(node.value, function.module, self.inference)
        return shared

    def _renderers(self) -> dict[str, int]:
        """Functions that render a template, the tree's own too; which argument is its name."""
        found = dict.fromkeys(RENDERERS, 0)
        todo = list(found)
        while todo:
            renderer = todo.pop()
            for _, call in self.inference.project.calls.get(renderer, []):
                around = next(_functions_around(call), None)
                function = self.inference.project.function(around) if around else None
                if function is None or function.node.name in found:
                    continue
                names = [one.arg for one in parameters(function.node)][function.is_bound :]
                given = call.args[found[renderer] :][:1]
                is_passed_on = any(one.arg is None for one in call.keywords)
                if is_passed_on and given and terminal(given[0]) in names:
                    found[function.node.name] = names.index(terminal(given[0]))
                    todo.append(function.node.name)
        return found

    def _rendered(self) -> dict[str, list[Context]]:
        """By the name of the template, what each call gives it."""
        found: dict[str, list[Context]] = defaultdict(list)
        for renderer, position in self._renderers().items():
            for module, call in self.inference.project.calls.get(renderer, []):
                if len(call.args) <= position:
                    continue
                names = {
                    value.value
                    for value in ast.walk(call.args[position])
                    if isinstance(value, ast.Constant) and isinstance(value.value, str)
                }
                context: Context = {}
                for keyword in call.keywords:
                    if keyword.arg is not None:
                        context[keyword.arg] = self.inference.values(keyword.value, module)
                    else:
                        context |= _given(keyword.value, module, self.inference)
                for extra in call.args[position + 1 :]:
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

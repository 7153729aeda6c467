"""One file at a time: put its nodes before the rules, and note who calls whom."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.comments import Ignored
from migration_guide.kit.audit.edges import edges
from migration_guide.kit.audit.finding import Finding, Place
from migration_guide.kit.audit.graph import Edge, Node, Reason
from migration_guide.kit.audit.hierarchy import overridden
from migration_guide.kit.audit.infer import Inference
from migration_guide.kit.audit.module import FunctionNode, Module
from migration_guide.kit.audit.project import Function, given, terminal
from migration_guide.kit.audit.roles import role
from migration_guide.kit.audit.rules.base import Check, Hit, Rule
from migration_guide.kit.audit.templates import Template
from migration_guide.kit.audit.texts import Text
from migration_guide.kit.audit.values import Kind


@dataclass
class Scanned:
    """What was found in one file."""

    path: str
    findings: list[Finding] = field(default_factory=list)
    suppressed: int = 0
    nodes: list[Node] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)
    in_requests: dict[Finding, tuple[str, bool]] = field(default_factory=dict)
    """Findings that count only if requests run the function of this name; and whether it computes,
    and so stays as it is where it need not become async."""


class Dispatch:
    """The checks of some rules, by the type of node and the name that stands there."""

    def __init__(self, rules: Mapping[str, Rule]) -> None:
        self.named: dict[tuple[type[ast.AST], str], list[tuple[Rule, Check]]] = defaultdict(list)
        self.all: dict[type[ast.AST], list[tuple[Rule, Check]]] = defaultdict(list)
        for rule in rules.values():
            for one, names, check in rule.checks:
                if names is None:
                    self.all[one].append((rule, check))
                for name in names or ():
                    self.named[one, name].append((rule, check))

    def checks(self, node: ast.AST) -> Iterator[tuple[Rule, Check]]:
        kind = type(node)
        yield from self.all.get(kind, ())
        for name in _names(node):
            yield from self.named.get((kind, name), ())


def _names(node: ast.AST) -> Iterator[str]:
    """The names by which a rule may ask for a node."""
    match node:
        case ast.Call():
            yield terminal(node.func)
        case ast.Attribute(attr=name) | ast.Name(id=name):
            yield name
        case ast.Import(names=names):
            yield from {alias.name.partition(".")[0] for alias in names}
        case ast.ImportFrom(module=source, level=0):
            yield (source or "").partition(".")[0]
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.keyword(arg=str(name)):
            yield name
        case _:
            pass


def finding(rule: Rule, hit: Hit, place: Place) -> Finding:
    return Finding(
        place,
        rule.name,
        hit.severity or rule.severity,
        hit.confidence,
        rule.phase,
        rule.mechanical,
        hit.message,
        hit.instead or rule.instead,
        hit.related,
    )


def is_suppressed(ignored: Ignored, lines: list[str], one: Finding) -> bool:
    """Whether a comment on the line, or alone on the line above it, takes the finding away."""
    for line in (one.place.line, one.place.line - 1):
        if line not in ignored:
            continue
        is_above = line != one.place.line
        if is_above and not lines[line - 1].lstrip().startswith(("#", "{#", "<!--")):
            continue
        names = ignored[line]
        if names is None or one.rule in names:
            return True
    return False


def scan_module(module: Module, inference: Inference, dispatch: Dispatch) -> Scanned:
    code = Code(module, inference)
    scanned = Scanned(module.path)
    seen: set[tuple[str, Place]] = set()
    for node in ast.walk(module.tree):
        for rule, check in dispatch.checks(node):
            for hit in check(node, code):
                place = hit.node if isinstance(hit.node, Place) else code.place(hit.node)
                if (rule.name, place) in seen:
                    continue
                seen.add((rule.name, place))
                one = finding(rule, hit, place)
                if _keep(scanned, one, _source(place, code)) and hit.in_requests:
                    scanned.in_requests[one] = _function_name(hit.node, code), hit.computes
                if hit.awaits and isinstance(hit.node, ast.AST):
                    function = _function_name(hit.node, code)
                    scanned.reasons.append(
                        Reason(function, place, hit.confidence, in_requests=hit.in_requests)
                    )
        if isinstance(node, FunctionNode):
            scanned.nodes.append(_node(node, code))
        else:
            scanned.edges.extend(edges(node, code))
    return scanned


def _keep(scanned: Scanned, one: Finding, source: Module | Text) -> bool:
    is_kept = not (source.ignored and is_suppressed(source.ignored, source.lines, one))
    if is_kept:
        scanned.findings.append(one)
    else:
        scanned.suppressed += 1
    return is_kept


def _source(place: Place, code: Code) -> Module:
    if place.file == code.module.path:
        return code.module
    return next(one for one in code.project.modules if one.path == place.file)


def _function_name(node: ast.AST | int | Place, code: Code) -> str:
    found = code.runner(node) if isinstance(node, ast.AST) else None
    return found.name if found else ""


def _node(node: FunctionNode, code: Code) -> Node:
    function = code.project.function(node)
    assert function is not None  # noqa: S101 -- all of them are indexed
    return Node(
        function.name,
        Place(code.module.path, node.lineno, node.col_offset + 1),
        role(function, code.inference),
        isinstance(node, ast.AsyncFunctionDef),
        bool(given(node)[1]),
        tuple(one.name for one in overridden(code.inference, function)),
        _cache(function, code),
        tuple(_wrappers(node, code)),
    )


def _wrappers(node: FunctionNode, code: Code) -> Iterator[str]:
    """What the decorators of the tree return: ``wrapper`` of ``def decorator(f): …``."""
    for decorator in node.decorator_list:
        for value in code.values(decorator):
            if value.kind is Kind.FUNCTION and value.name in code.project.functions:
                made = code.inference.returned(code.project.functions[value.name])
                yield from (one.name for one in made if one.kind is Kind.FUNCTION)


CACHES = frozenset(
    {
        *("functools.lru_cache", "functools.cache", "cachetools.cached"),
        *("cachetools.func.ttl_cache", "cachetools.func.lru_cache"),
    }
)
CACHING = frozenset({"cached", "memoize"})
"""Methods of Flask-Caching's and Flask-Cache's object."""


def _cache(function: Function, code: Code) -> Place | None:
    """The decorator that keeps what the function gives."""
    for called in function.decorators:
        is_method = isinstance(called, ast.Attribute) and called.attr in CACHING
        if code.names(called) & CACHES or (is_method and _is_cache(called, code)):
            return code.place(called)
    return None


def _is_cache(called: ast.expr, code: Code) -> bool:
    return isinstance(called, ast.Attribute) and any(
        value.name.startswith(("flask_caching.", "flask_cache.", "cachelib."))
        for value in code.values(called.value)
    )


def scan_text(text: Text, rules: Mapping[str, Rule]) -> Scanned:
    scanned = Scanned(text.path)
    for rule in rules.values():
        for check in rule.text_checks:
            for hit in check(text):
                _keep(scanned, finding(rule, hit, text.place(hit.node)), text)
    return scanned


def scan_template(template: Template, rules: Mapping[str, Rule]) -> Scanned:
    scanned = Scanned(template.text.path)
    seen: set[tuple[str, Place, str]] = set()
    for rule in rules.values():
        for check in rule.template_checks:
            for hit in check(template):
                place = template.text.place(hit.node)
                if (rule.name, place, hit.message) not in seen:
                    seen.add((rule.name, place, hit.message))
                    _keep(scanned, finding(rule, hit, place), template.text)
    return scanned

"""What a rule is made of; each of them is a module beside this one."""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from inspect import cleandoc
from typing import TYPE_CHECKING, Any, TypeVar

from migration_guide.kit.audit.finding import Confidence, Phase, Place, Severity

if TYPE_CHECKING:
    from migration_guide.kit.audit.graph import Graph
    from migration_guide.kit.audit.templates import Template
    from migration_guide.kit.audit.texts import Text

SECTIONS = ("What it does", "Why it matters", "Example", "Use instead", "Known problems")
"""Of each rule's docstring, in this order, each as a heading with ``##``."""


@dataclass(frozen=True)
class Hit:
    """A place that a rule complains of.

    Attributes:
        node: of the syntax tree; a number is a line; a place may be in another file.
        message: why, in one sentence; it names what stands there.
        instead: what to write or do; the rule's own, where it is empty.
        confidence: how sure the rule is.
        related: places that belong to it.
        awaits: whether an ``await`` has to stand there, so that the function around it has to
            become async.
        severity: where it is another than the rule's.
        in_requests: whether it counts only in functions that requests run: views, hooks, and
            what they call.
        computes: of such a one, whether it takes the processor's time, so that a helper stays
            plain and the call of it goes into a thread: there it is reported then.

    """

    node: ast.AST | int | Place
    message: str
    instead: str = ""
    confidence: Confidence = Confidence.CERTAIN
    related: tuple[Place, ...] = ()
    awaits: bool = False
    severity: Severity | None = None
    in_requests: bool = False
    computes: bool = False


Check = Callable[[Any, Any], Iterator[Hit]]
C = TypeVar("C", bound=Check)


@dataclass
class Rule:
    """One thing to look for.

    Args:
        doc: the docstring of its module: a title, then the `SECTIONS`.
        module: ``__name__`` of its module, from which it has its name.
        severity, phase, mechanical: of its findings.
        instead: what to do, in one sentence.
        blocks: whether the move cannot begin before someone has decided what to do about it, as
            with an extension that has no equivalent.

    """

    doc: str
    module: str
    severity: Severity
    phase: Phase
    mechanical: bool
    instead: str
    blocks: bool = False
    checks: list[tuple[type[ast.AST], frozenset[str] | None, Check]] = field(default_factory=list)
    text_checks: list["Callable[[Text], Iterator[Hit]]"] = field(default_factory=list)
    template_checks: list["Callable[[Template], Iterator[Hit]]"] = field(default_factory=list)
    graph_checks: list["Callable[[Graph], Iterator[tuple[Place, Hit]]]"] = field(
        default_factory=list
    )

    @property
    def name(self) -> str:
        return self.module.rpartition(".")[2].replace("_", "-")

    @property
    def title(self) -> str:
        return cleandoc(self.doc).split("\n\n", 1)[0].replace("\n", " ")

    @property
    def sections(self) -> dict[str, str]:
        """The text under each of the `SECTIONS`, as Markdown."""
        parts = re.split(r"^## (.+)$", cleandoc(self.doc), flags=re.MULTILINE)
        return {name: text.strip() for name, text in zip(parts[1::2], parts[2::2], strict=True)}

    def check(self, *types: type[ast.AST], names: set[str] | None = None) -> Callable[[C], C]:
        """Call the function for each node of these types in Python code, with its `Code`.

        Args:
            types: of nodes.
            names: only where the name that stands there is one of them: of an attribute or a
                method call the last one, of a call its function's, of a `Name` its own, of an
                import a module's or name's, of a definition its name.

        """

        def register(function: C) -> C:
            for one in types:
                wanted = frozenset(names) if names is not None else None
                self.checks.append((one, wanted, function))
            return function

        return register

    def check_text(self, function: "Callable[[Text], Iterator[Hit]]") -> Any:
        """Call the function for each file that is neither Python nor a template."""
        self.text_checks.append(function)
        return function

    def check_template(self, function: "Callable[[Template], Iterator[Hit]]") -> Any:
        """Call the function for each Jinja template."""
        self.template_checks.append(function)
        return function

    def check_graph(self, function: "Callable[[Graph], Iterator[tuple[Place, Hit]]]") -> Any:
        """Call the function once, with who calls whom in the whole tree."""
        self.graph_checks.append(function)
        return function

"""What the rules for single extensions of Flask share: each finds the imports of its package."""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.rules.base import Hit, Rule

BY_OTHER_NAMES = frozenset(
    {
        "apifairy",
        "apiflask",
        "baseframe",
        "coaster",
        "connexion",
        "flasgger",
        "flaskparser",
        "safrs",
    }
)
"""Packages and modules for Flask that have no part ``flask`` in their names."""


def package_for_flask(name: str) -> str:
    """The package or module for Flask that a dotted name lies in; empty, if there is none."""
    parts = name.split(".")
    if parts[0] == "flask":
        return ""
    for end, part in enumerate(parts, start=1):
        if part in BY_OTHER_NAMES or "flask" in part.split("_"):
            return ".".join(parts[:end])
    return ""


def extension(
    doc: str, module: str, packages: set[str], *, instead: str, blocks: bool = False
) -> Rule:
    """Make the rule for an extension.

    Args:
        doc, module: of the rule's module.
        packages: the names under which it is imported.
        instead: what takes its place.
        blocks: whether nothing does.

    """
    rule = Rule(
        doc,
        module,
        severity=Severity.BREAKING,
        phase=Phase.FRAMEWORK,
        mechanical=False,
        instead=instead,
        blocks=blocks,
    )

    @rule.check(ast.Import, ast.ImportFrom, names=packages)
    def imported(node: ast.Import | ast.ImportFrom, code: Code) -> Iterator[Hit]:
        yield Hit(node, f"`{code.text(node)}`: it does not run on Quart.")

    return rule

"""What the rules for single extensions of Flask share: each finds the imports of its package."""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.rules.base import Hit, Rule


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

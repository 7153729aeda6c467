"""Comments that take a finding away: ``# port-kit: ignore[rule, other-rule]``."""

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator, Mapping

IGNORE = re.compile(r"#\s*port-kit:\s*ignore(?:\[([^\]]*)\])?")

Ignored = Mapping[int, frozenset[str] | None]
"""Of each line with such a comment: the rules; None: all."""


def ignored(lines: Iterable[tuple[int, str]]) -> dict[int, frozenset[str] | None]:
    """Of numbered lines, or of what is a comment in them."""
    found: dict[int, frozenset[str] | None] = {}
    for number, text in lines:
        if match := IGNORE.search(text):
            names = (name.strip() for name in (match[1] or "").split(","))
            found[number] = None if match[1] is None else frozenset(filter(None, names))
    return found


def ignored_in_python(source: str, tree: ast.Module) -> Ignored:
    """In comments alone, not in strings; at the end of a statement, for all of its lines."""
    if "port-kit" not in source:
        return {}
    found = ignored(_comments(source))
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt) or hasattr(node, "body") or not node.end_lineno:
            continue
        if node.end_lineno in found:
            for line in range(node.lineno, node.end_lineno):
                found.setdefault(line, found[node.end_lineno])
    return found


def _comments(source: str) -> Iterator[tuple[int, str]]:
    # What ast has parsed, tokenize reads.
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string

"""What the writers quote from audited files: secrets hidden, and nothing that a terminal obeys."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from migration_guide.kit.audit.finding import Finding, Place
from migration_guide.kit.audit.result import Audit
from migration_guide.kit.audit.writers.secrets import mask_line, mask_message

LONGEST = 200
"""Characters of a source line; minified code has no place in a report."""

SCRIPTED = (".py", ".pyi", ".html", ".htm", ".j2", ".jinja", ".jinja2")
"""Files in which a value is written in quotes; in others it is all that follows its name."""


@dataclass(frozen=True)
class Line:
    """Of a file; *found* is the one that the finding is on."""

    number: int
    text: str
    found: bool


def visible(text: str) -> str:
    r"""Control characters, and those that turn or hide text, as escapes such as ``\x1b``."""
    return "".join(map(_visible, text)) if not text.isascii() or not text.isprintable() else text


def _visible(character: str) -> str:
    if character.isprintable() or unicodedata.category(character) == "Zs":
        return character
    if character == "\t":
        return "    "
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def message(finding: Finding) -> str:
    """On one line."""
    return _sentence(finding.message)


def instead(finding: Finding) -> str:
    """On one line."""
    return _sentence(finding.instead)


def _sentence(text: str) -> str:
    return visible(re.sub(r"\s*\n\s*", " ", mask_message(text)))


def source_line(audit: Audit, place: Place) -> str:
    """The line as the reports have it; empty where the file has no such line."""
    lines = audit.sources.get(place.file, [])
    if not 1 <= place.line <= len(lines):
        return ""
    python = place.file.lower().endswith(SCRIPTED)
    text = visible(mask_line(lines, place.line, python=python)).rstrip()
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def around(audit: Audit, place: Place, context: int = 1) -> Iterator[Line]:
    """The line and those before and after it; none where the file has no such line."""
    lines = audit.sources.get(place.file, [])
    if not 1 <= place.line <= len(lines):
        return
    first, last = max(1, place.line - context), min(len(lines), place.line + context)
    for number in range(first, last + 1):
        text = source_line(audit, Place(place.file, number))
        if text or number == place.line:
            yield Line(number, text, found=number == place.line)

"""Whether what was printed is what a page shows."""

import re
from collections.abc import Iterable
from difflib import unified_diff

ANY_LINES = "[...]"
ANYTHING = "..."
NUMBER = re.compile(r"\d[\d,.]*(?<![,.])")


def difference(shown: str, printed: str, *, figures_vary: bool = False) -> str | None:
    """As a diff; None if the two are the same, but for what may be different."""
    wanted, found = _lines(shown), _lines(printed)
    if figures_vary:
        compared = [_without_figures(line) for line in wanted]
        matches = _pattern(compared).fullmatch(_joined(map(_without_figures, found)))
    else:
        matches = _pattern(wanted).fullmatch(_joined(found))
    if matches:
        return None
    return "\n".join(unified_diff(wanted, found, "the page", "printed", lineterm=""))


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip("\n").splitlines()]


def _joined(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _without_figures(line: str) -> str:
    """With a sign for each number, and the width of columns left out."""
    return re.sub(r" +", " ", NUMBER.sub("#", line)).replace("- ", "# ")


def _pattern(lines: list[str]) -> re.Pattern[str]:
    """Of the whole text."""
    parts = []
    for line in lines:
        if line.strip() == ANY_LINES:
            parts.append(r"(?:.*\n)*?")
        else:
            parts.append(re.escape(line).replace(re.escape(ANYTHING), ".*") + r"\n")
    return re.compile("".join(parts))

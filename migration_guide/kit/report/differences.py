"""Two runs against each other, on a terminal and as Markdown."""

import sys
from collections.abc import Iterator

from migration_guide.kit.report.console import STYLES, make_console
from migration_guide.kit.report.difference import Difference
from migration_guide.kit.report.load_difference import Change

TITLES = {True: "Worse", False: "Better", None: "Not to be compared"}


def show(difference: Difference) -> None:
    """On stdout."""
    out = make_console(sys.stdout)
    for title, lines in _sections(difference):
        out.print(f"[bold]{title}[/]", highlight=False)
        for line in lines:
            style = STYLES[title != TITLES[True]]
            out.print(f"  {line}", style=style, highlight=False, markup=False)
    out.print(difference.verdict, style="bold", highlight=False, markup=False)


def as_markdown(difference: Difference) -> str:
    lines = [f"**{difference.verdict}**"]
    for title, found in _sections(difference):
        lines += ["", f"## {title}", "", *(f"- {line}" for line in found)]
    return "\n".join(lines) + "\n"


def _sections(difference: Difference) -> Iterator[tuple[str, list[str]]]:
    if difference.made_with:
        yield "Made differently", list(difference.made_with)
    for worse, title in TITLES.items():
        changes: list[Change] = [one for one in difference.changes if one.worse is worse]
        if changes:
            yield title, [f"{change.about}: {change.sentence}" for change in changes]

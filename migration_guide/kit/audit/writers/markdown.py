"""The audit as Markdown, for a ticket or a merge request."""

import re
from collections.abc import Iterator

from migration_guide.kit.audit.finding import Finding, Phase
from migration_guide.kit.audit.result import Audit
from migration_guide.kit.audit.summary import summarise
from migration_guide.kit.audit.writers.grouping import (
    MEANINGS,
    Group,
    counted,
    groups,
    nothing_to_do,
    sure,
)
from migration_guide.kit.audit.writers.quoting import around, message, visible

_CODE = re.compile(r"(`[^`]+`)")
_SPECIAL = re.compile(r"([\\*_<>\[\]|~#])")


def render(audit: Audit, *, everything: bool = False) -> str:
    """All of it; without *everything* the first places of each rule."""
    return "\n".join(_lines(audit, everything=everything)) + "\n"


def _lines(audit: Audit, *, everything: bool) -> Iterator[str]:
    yield f"# What has to change in {_code(audit.root)}"
    yield ""
    if audit.is_nothing_to_do:
        yield nothing_to_do(audit)
    else:
        yield from _summary(audit)
        for severity, found in groups(audit, everything=everything):
            yield from ("", f"## {severity.value.capitalize()}: {MEANINGS[severity]}")
            for group in found:
                yield from _group(audit, group)
    if audit.unread:
        yield from ("", "## Not read", "")
        yield from (f"- {_code(str(one.place))}: {_escape(one.reason)}" for one in audit.unread)


def _summary(audit: Audit) -> Iterator[str]:
    summary = summarise(audit)
    yield (
        f"{counted(audit.files, 'file')}, {audit.lines:,} lines of Python:"
        f" **{counted(len(audit.findings), 'finding')}**."
        + (f" {counted(audit.suppressed, 'more')} ignored by comments." * bool(audit.suppressed))
    )
    if not audit.findings:
        return
    yield from ("", "| severity | findings | |", "|---|---:|---|")
    for kind, meaning in MEANINGS.items():
        yield f"| {kind.value} | {summary.severities[kind.value]:,} | {meaning} |"
    yield from ("", f"{summary.mechanical_percent} % of them are mechanical.")
    if summary.effort:
        yield from ("", f"**Effort: {summary.effort.size}**, by a rule of thumb.", "")
        yield from (f"- {reason}" for reason in summary.effort.reasons)
    for title, counts in (
        ("Blockers: decide on them first", summary.blockers),
        (
            "In the order of work",
            {f"{name}: {Phase(name).chapter}": count for name, count in summary.phases.items()},
        ),
        ("Files that need the most care", summary.hot_spots),
    ):
        if counts:
            yield from ("", f"## {title}", "", "| | findings |", "|---|---:|")
            yield from (f"| {_code(name)} | {count:,} |" for name, count in counts.items())


def _group(audit: Audit, group: Group) -> Iterator[str]:
    yield from ("", f"### {group.title}", "", _escape(group.instead))
    for one in group.shown:
        yield from _finding(audit, one)
    if group.more:
        yield from ("", group.more)


def _finding(audit: Audit, one: Finding) -> Iterator[str]:
    yield from ("", f"- {_code(str(one.place))}: {_escape(message(one))}{sure(one)}")
    quoted = list(around(audit, one.place))
    if quoted:
        fence = "`" * max(3, 1 + max(map(_longest_run, (line.text for line in quoted))))
        yield from ("", f"  {fence}text")
        for line in quoted:
            yield f"  {'>' if line.found else ' '} {line.number:4}  {line.text}"
        yield f"  {fence}"


def _escape(text: str) -> str:
    """A sentence, in which only what stands between backticks has a meaning."""
    parts = _CODE.split(visible(text))
    return "".join(
        part if number % 2 else _SPECIAL.sub(r"\\\1", part) for number, part in enumerate(parts)
    )


def _code(text: str) -> str:
    """A name of the tree, whatever backticks it has."""
    text = visible(text).replace("|", "\\|")
    fence = "`" * (1 + _longest_run(text))
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{space}{text}{space}{fence}"


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)

"""The audit for the terminal: plain lines, which can be searched."""

from collections.abc import Iterator
from itertools import groupby

from migration_guide.kit.audit.finding import Finding, Severity
from migration_guide.kit.audit.result import Audit
from migration_guide.kit.audit.summary import summarise
from migration_guide.kit.audit.writers.quoting import instead, message, source_line, visible

SHOWN = 10
"""Places of one rule, unless all are asked for."""

MEANINGS = {
    Severity.SILENT: "would run, and be wrong",
    Severity.BREAKING: "would fail",
    Severity.ADVICE: "to know, or to decide",
}


def lines(audit: Audit, *, everything: bool = False) -> Iterator[str]:
    """The report.

    Args:
        audit: the outcome.
        everything: show each place, not the first `SHOWN` of each rule.

    """
    if audit.is_nothing_to_do:
        yield f"{audit.files} files read: neither Flask nor SQLAlchemy is imported. Nothing to do."
    else:
        yield from _summary(audit)
        for severity, found in groupby(audit.findings, key=lambda one: one.severity):
            yield from _of_severity(audit, severity, list(found), everything=everything)
    if audit.unread:
        yield f"\n{_counted(len(audit.unread), 'file')} not read:"
        yield from (f"  {one.place}: {visible(one.reason)}" for one in audit.unread)


def _summary(audit: Audit) -> Iterator[str]:
    summary = summarise(audit)
    yield (
        f"{_counted(audit.files, 'file')}, {audit.lines} lines of Python, read in"
        f" {audit.seconds:.1f} s: {_counted(len(audit.findings), 'finding')}."
    )
    if audit.suppressed:
        yield f"{_counted(audit.suppressed, 'more')} ignored by comments."
    if not audit.findings:
        return
    for kind, meaning in MEANINGS.items():
        yield f"  {kind.value:9} {summary.severities[kind.value]:5}  {meaning}"
    yield f"{summary.mechanical_percent} % of them are mechanical."
    yield "\nIn the order of work:"
    yield from (f"  {phase:17} {count:5}" for phase, count in summary.phases.items())
    yield "\nFiles that need the most care:"
    yield from (f"  {count:5}  {visible(file)}" for file, count in summary.hot_spots.items())


def _of_severity(
    audit: Audit, severity: Severity, found: list[Finding], *, everything: bool
) -> Iterator[str]:
    yield f"\n{severity.value.upper()}: {MEANINGS[severity]}"
    by_rule: dict[str, list[Finding]] = {}
    for one in found:
        by_rule.setdefault(one.rule, []).append(one)
    for rule, places in sorted(by_rule.items(), key=lambda item: -len(item[1])):
        first = places[0]
        how = "mechanical" if first.mechanical else "by hand"
        yield f"\n{rule} ({len(places)}, {first.phase.value}, {how}): {instead(first)}"
        shown = places if everything else places[:SHOWN]
        for one in shown:
            sure = "" if one.confidence == "certain" else f" ({one.confidence.value})"
            yield f"  {visible(str(one.place))}: {message(one)}{sure}"
            if source := source_line(audit, one.place).strip():
                yield f"      {source}"
        if len(places) > len(shown):
            yield f"  and {len(places) - len(shown)} more; --all shows them."


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 or noun == "more" else f"{count} {noun}s"

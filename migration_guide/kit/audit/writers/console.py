"""The audit for the terminal: plain lines, which can be searched."""

from collections.abc import Iterator

from migration_guide.kit.audit.finding import Phase
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
from migration_guide.kit.audit.writers.quoting import message, source_line, visible


def lines(audit: Audit, *, everything: bool = False) -> Iterator[str]:
    """The report.

    Args:
        audit: the outcome.
        everything: show each place, not the first ones of each rule.

    """
    if audit.is_nothing_to_do:
        yield nothing_to_do(audit)
    else:
        yield from _summary(audit)
        for severity, found in groups(audit, everything=everything):
            yield f"\n{severity.value.upper()}: {MEANINGS[severity]}"
            for group in found:
                yield from _group(audit, group)
    if audit.unread:
        yield f"\n{counted(len(audit.unread), 'file')} not read:"
        yield from (f"  {one.place}: {visible(one.reason)}" for one in audit.unread)


def _summary(audit: Audit) -> Iterator[str]:
    summary = summarise(audit)
    yield (
        f"{counted(audit.files, 'file')}, {audit.lines:,} lines of Python, read in"
        f" {audit.seconds:.1f} s: {counted(len(audit.findings), 'finding')}."
    )
    if audit.suppressed:
        yield f"{counted(audit.suppressed, 'more')} ignored by comments."
    if not audit.findings:
        return
    for kind, meaning in MEANINGS.items():
        yield f"  {kind.value:9} {summary.severities[kind.value]:5}  {meaning}"
    yield f"{summary.mechanical_percent} % of them are mechanical."
    if summary.effort:
        yield f"\nEffort: {summary.effort.size}, by a rule of thumb."
        yield from (f"  {reason}" for reason in summary.effort.reasons)
    if summary.blockers:
        yield "\nBlockers, to decide on first:"
        yield from (f"  {rule:30} {count:5}" for rule, count in summary.blockers.items())
    yield "\nIn the order of work:"
    yield from (
        f"  {phase:17} {count:5}  {Phase(phase).chapter}" for phase, count in summary.phases.items()
    )
    yield "\nFiles that need the most care:"
    yield from (f"  {count:5}  {visible(file)}" for file, count in summary.hot_spots.items())


def _group(audit: Audit, group: Group) -> Iterator[str]:
    yield f"\n{group.title}: {group.instead}"
    for one in group.shown:
        yield f"  {visible(str(one.place))}: {message(one)}{sure(one)}"
        if source := source_line(audit, one.place).strip():
            yield f"      {source}"
    if group.more:
        yield f"  {group.more}"

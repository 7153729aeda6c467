"""Findings in groups, as the reports for people show them."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from migration_guide.kit.audit.finding import Finding, Severity
from migration_guide.kit.audit.result import Audit
from migration_guide.kit.audit.writers.quoting import instead

SHOWN = 10
"""Places of one rule, unless all are asked for."""

MEANINGS = {
    Severity.SILENT: "would run, and be wrong",
    Severity.BREAKING: "would fail",
    Severity.ADVICE: "to know, or to decide",
}


@dataclass(frozen=True)
class Group:
    """The findings of one rule and severity; *shown* are those to be told in full."""

    severity: Severity
    rule: str
    findings: tuple[Finding, ...]
    shown: tuple[Finding, ...]

    @property
    def title(self) -> str:
        first = self.findings[0]
        how = "mechanical" if first.mechanical else "by hand"
        return f"{self.rule} ({len(self.findings)}, {first.phase.value}, {how})"

    @property
    def instead(self) -> str:
        return instead(self.findings[0])

    @property
    def more(self) -> str:
        """What is not shown, in words; empty where all is."""
        left = len(self.findings) - len(self.shown)
        return f"and {left} more; --all shows them." if left else ""


def nothing_to_do(audit: Audit) -> str:
    where = " in what could be read" if audit.unread else ""
    return (
        f"{audit.files} files read: neither Flask nor SQLAlchemy is imported. Nothing to do{where}."
    )


def groups(audit: Audit, *, everything: bool) -> Iterator[tuple[Severity, list[Group]]]:
    """By severity, the worst first; of each the rule with the most findings first."""
    for severity, found in groupby(audit.findings, key=lambda one: one.severity):
        by_rule: dict[str, list[Finding]] = {}
        for one in found:
            by_rule.setdefault(one.rule, []).append(one)
        yield (
            severity,
            [
                Group(severity, rule, tuple(some), tuple(some if everything else some[:SHOWN]))
                for rule, some in sorted(by_rule.items(), key=lambda item: -len(item[1]))
            ],
        )


def sure(finding: Finding) -> str:
    """How sure the audit is, where it is not."""
    return "" if finding.confidence == "certain" else f" ({finding.confidence.value})"


def counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 or noun == "more" else f"{count:,} {noun}s"

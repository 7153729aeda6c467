"""What an audit amounts to, in numbers."""

from collections import Counter
from dataclasses import dataclass

from migration_guide.kit.audit.effort import Effort, estimate
from migration_guide.kit.audit.finding import Confidence, Phase, Severity
from migration_guide.kit.audit.result import Audit
from migration_guide.kit.audit.rules import RULES

HOT_SPOTS = 10
WEIGHTS = {Severity.SILENT: 3, Severity.BREAKING: 2, Severity.ADVICE: 1}
"""For the order of the hot spots alone: what does not fail needs the most care."""


@dataclass(frozen=True)
class Summary:
    """Counts of findings.

    Attributes:
        severities, confidences, phases, rules: how many of each; phases in the order of work.
        mechanical_percent: of all findings, 0 to 100; None: there are none.
        hot_spots: the files that need the most care, with their numbers of findings.
        blockers: rules that someone has to decide on before the move begins, with their findings.
        effort: None where there is nothing to do.

    """

    severities: dict[str, int]
    confidences: dict[str, int]
    phases: dict[str, int]
    rules: dict[str, int]
    mechanical_percent: int | None
    hot_spots: dict[str, int]
    blockers: dict[str, int]
    effort: Effort | None


def summarise(audit: Audit) -> Summary:
    findings = audit.findings
    weights: Counter[str] = Counter()
    for one in findings:
        weights[one.place.file] += WEIGHTS[one.severity] * (1 if one.mechanical else 2)
    files = Counter(one.place.file for one in findings)
    rules = dict(Counter(one.rule for one in findings).most_common())
    blockers = {name: count for name, count in rules.items() if RULES[name].blocks}
    return Summary(
        {kind.value: sum(one.severity is kind for one in findings) for kind in Severity},
        {kind.value: sum(one.confidence is kind for one in findings) for kind in Confidence},
        {
            phase.value: count
            for phase in Phase
            if (count := sum(one.phase is phase for one in findings))
        },
        rules,
        round(100 * sum(one.mechanical for one in findings) / len(findings)) if findings else None,
        {file: files[file] for file, _ in weights.most_common(HOT_SPOTS)},
        blockers,
        estimate(audit, blockers),
    )

"""What an audit of a tree gives; the writers make reports of it."""

from dataclasses import dataclass, field

from migration_guide.kit.audit.finding import Finding, Unread


@dataclass(frozen=True)
class Audit:
    """The outcome for one tree.

    Attributes:
        root: the tree as the user named it.
        files: how many files were read.
        lines: how many lines of Python they have.
        uses: which of the stack's packages the tree uses: "flask", "sqlalchemy", ... ; where there
            is neither of these two, there is nothing to do.
        findings: the dangerous first.
        unread: files that could not be parsed, with the reason.
        mistaken: comments that ignore a rule that is not there.
        suppressed: how many findings a comment ``# port-kit: ignore[rule]`` took away.
        sources: the lines of each file that has a finding, for quoting.
        seconds: how long it took.

    """

    root: str
    files: int
    lines: int
    uses: frozenset[str]
    findings: tuple[Finding, ...]
    unread: tuple[Unread, ...]
    mistaken: tuple[Unread, ...]
    suppressed: int
    seconds: float
    sources: dict[str, list[str]] = field(default_factory=dict, repr=False)

    @property
    def is_nothing_to_do(self) -> bool:
        return not self.uses & {"flask", "sqlalchemy"}

"""What the audit has found, and its order of importance."""

from dataclasses import dataclass, field
from enum import StrEnum

from migration_guide.kit.chapters import Chapter


class Severity(StrEnum):
    """What would happen after the move if nothing were done; the worst first."""

    SILENT = "silent"  # it runs, and is wrong
    BREAKING = "breaking"  # it fails
    ADVICE = "advice"  # it works; there is something to know or to decide


class Confidence(StrEnum):
    """How sure the audit is that the place is what it takes it for."""

    CERTAIN = "certain"  # every name was followed to its origin
    LIKELY = "likely"  # a step was inferred from how the value is used
    POSSIBLE = "possible"  # the names look like it, and nothing speaks against it


class Phase(StrEnum):
    """The chapter of the guide that the change belongs to, in the order of work."""

    SYNC_FIRST = "sync-first"
    PLAIN_SQLALCHEMY = "plain-sqlalchemy"
    FRAMEWORK = "framework"
    DATABASE = "database"
    ORM = "orm"
    SQL = "sql"
    ERRORS = "errors"
    TESTS = "tests"
    DEPLOYMENT = "deployment"

    @property
    def chapter(self) -> Chapter:
        return Chapter.NO_IMPLICIT_IO if self is Phase.ORM else Chapter[self.name]


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a file.

    Attributes:
        file: relative to the tree that was read, with slashes.
        line: from 1.
        column: from 1, in characters.

    """

    file: str
    line: int
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One place that needs a change, or a thought.

    Attributes:
        place: where.
        rule: the name of the rule.
        severity, confidence, phase: see there.
        mechanical: whether the change can be made without understanding what the code is for.
        message: why, in one sentence that names what stands there.
        instead: what to write or do.
        related: other places that belong to it, such as where a lazy attribute is looked at.

    """

    place: Place
    rule: str
    severity: Severity
    confidence: Confidence
    phase: Phase
    mechanical: bool
    message: str
    instead: str
    related: tuple[Place, ...] = field(default=())

    @property
    def rank(self) -> tuple[int, int, str, int, int, str]:
        """The dangerous first, then the sure, then in the order of the text."""
        return (
            list(Severity).index(self.severity),
            list(Confidence).index(self.confidence),
            self.place.file,
            self.place.line,
            self.place.column,
            self.rule,
        )


@dataclass(frozen=True, slots=True)
class Unread:
    """A file, or a part of one, that could not be read; the audit went on without it."""

    place: Place
    reason: str

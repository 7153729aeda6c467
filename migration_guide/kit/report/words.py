"""What happened, in sentences; every report uses the same ones."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from migration_guide.kit.lab.results import Cell, FaultInfo, Measured
from migration_guide.kit.lab.stacks import STACKS


@dataclass(frozen=True)
class Told:
    """What some stacks did under one profile.

    Attributes:
        did: in words, the same for all of them.
        held: whether what was claimed of them held; None where there is no verdict.
        why: what a reader would not expect, explained.

    """

    profile: str
    stacks: tuple[str, ...]
    did: str
    held: bool | None
    why: str | None

    @property
    def sentence(self) -> str:
        """Without the profile, which stands before it."""
        text = f"{' and '.join(self.stacks)}: {self.did}."
        return f"{text} {as_sentence(self.why)}" if self.why else text


@dataclass(frozen=True)
class Story:
    """A fault: what was injected, what each stack did and why, and where to read on."""

    fault: str
    info: FaultInfo
    told: tuple[Told, ...]


def stories(faults: Mapping[str, FaultInfo], cells: Sequence[Cell]) -> Iterator[Story]:
    """One of each fault, in the order of the cells; stacks that did the same share a sentence."""
    for fault in dict.fromkeys(cell.fault for cell in cells):
        about: dict[tuple[str, str, bool | None, str | None], list[str]] = {}
        for cell in cells:
            if cell.fault == fault:
                key = cell.profile, did(cell), cell.held, why(cell)
                about.setdefault(key, []).append(cell.stack)
        told = [
            Told(profile, tuple(sorted(stacks, key=_place)), text, held, reason)
            for (profile, text, held, reason), stacks in about.items()
        ]
        profiles = list(dict.fromkeys(one.profile for one in told))
        told.sort(key=lambda one: profiles.index(one.profile))
        yield Story(fault, faults.get(fault, FaultInfo(fault, "")), tuple(told))


def _place(stack: str) -> int:
    """Which of the kit's own ran first alternates; a reader need not know."""
    return STACKS.index(stack) if stack in STACKS else len(STACKS)


def verdict(cell: Cell) -> str:
    """In a word or two."""
    if cell.status != "ran":
        return cell.status
    if cell.held is None:
        return "no verdict"
    return "held" if cell.held else "failed"


def did(cell: Cell) -> str:
    """What a stack did when the fault was injected."""
    measured = cell.measured
    if measured is None:
        return cell.status
    text = lost(measured)
    if not measured.recovered:
        text += ", and it did not recover"
    if cell.violations:
        text = f"the claim failed: {text}; {'; '.join(cell.violations)}{_causes(measured)}"
    return text


def lost(measured: Measured) -> str:
    failed, hung, sent = measured.failed, measured.hung, measured.sent
    if not failed + hung:
        return "no request lost"
    if not hung:
        return f"{failed} of {sent} requests failed"
    if not failed:
        return f"{hung} of {sent} requests hung"
    return f"of {sent} requests {failed} failed and {hung} hung"


def why(cell: Cell) -> str | None:
    """The reason of what did not run, or a note where one is needed."""
    return cell.reason or cell.note


def duration(seconds: float | None) -> str:
    """With the precision that a reader has use for; a dash for what was not measured."""
    if seconds is None:
        return "-"
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"


def errors(cells: Iterable[Cell]) -> list[tuple[str, int, tuple[str, ...]]]:
    """What failed requests were told: the cause, how often, on which stacks; most often first."""
    counts: Counter[str] = Counter()
    stacks: dict[str, dict[str, None]] = {}
    for cell in cells:
        for cause, count in (cell.measured.causes if cell.measured else {}).items():
            counts[cause] += count
            stacks.setdefault(cause, {})[cell.stack] = None
    return [(cause, count, tuple(stacks[cause])) for cause, count in counts.most_common()]


def count_claims(cells: Iterable[Cell]) -> dict[str, int]:
    counts = Counter(verdict(cell) for cell in cells)
    names = ("held", "failed", "skipped", "inconclusive", "no verdict")
    return {name.replace(" ", "_"): counts[name] for name in names}


def tell_claims(cells: Iterable[Cell]) -> str:
    """As in ``35 held, 1 no verdict``."""
    counts = count_claims(cells)
    return ", ".join(
        f"{n} {name.replace('_', ' ')}" for name, n in counts.items() if n or name == "held"
    )


def counted(number: int, what: str) -> str:
    """As in ``1 fault``, ``2 faults``."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def listed(names: Sequence[str]) -> str:
    """As in ``a, b and c``."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def _causes(measured: Measured) -> str:
    seen = "; ".join(f"{count} x {cause}" for cause, count in measured.causes.items())
    return f" ({seen})" if seen else ""


def as_sentence(text: str) -> str:
    """As a sentence; a name in lower case, as of a parameter, keeps its form."""
    first = text.split(maxsplit=1)[0]
    text = text if "_" in first else text[:1].upper() + text[1:]
    return text if text.endswith(".") else f"{text}."

"""How large a move is, from what the audit has counted: a rule of thumb, and no measurement."""

from collections.abc import Mapping
from dataclasses import dataclass

from migration_guide.kit.audit.result import Audit

SIZES: Mapping[str, tuple[int, int]] = {"S": (20, 15), "M": (100, 60), "L": (400, 250)}
"""Up to how many places that a person has to decide on, and in how many files there are findings;
what is larger is XL. Of twelve public applications of 1,500 to 49,000 lines one is S by them, six
are M, three L and two XL. No hours were measured."""
LARGEST = "XL"


@dataclass(frozen=True)
class Effort:
    """A class, and why.

    Attributes:
        size: S, M, L or XL.
        reasons: sentences.

    """

    size: str
    reasons: tuple[str, ...]


def estimate(audit: Audit, blockers: Mapping[str, int]) -> Effort | None:
    """None where there is nothing to do."""
    if not audit.findings:
        return None
    by_hand = [one for one in audit.findings if not one.mechanical]
    files = len({one.place.file for one in audit.findings})
    sizes = [*SIZES, LARGEST]
    counted = sizes.index(_size(len(by_hand), files))
    size = sizes[min(counted + bool(blockers), len(sizes) - 1)]
    reasons = [_of_counts(len(by_hand), len(audit.findings), files)]
    if blockers:
        raised = ": that raises it by one" * (size != sizes[counted])
        reasons.append(f"Nothing on Quart takes the place of {', '.join(blockers)}{raised}.")
    silent = sum(one.severity == "silent" for one in by_hand)
    if silent:
        reasons.append(
            f"Decisions on code that would run and be wrong: {silent:,}. Tests have to cover it"
            " first."
        )
    return Effort(size, tuple(reasons))


def _of_counts(by_hand: int, findings: int, files: int) -> str:
    limits = (f"{name} up to {places} in {many}" for name, (places, many) in SIZES.items())
    return (
        f"{by_hand:,} of {findings:,} findings need a decision, the others are mechanical; they"
        f" are in {files:,} files ({', '.join(limits)})."
    )


def _size(by_hand: int, files: int) -> str:
    for name, (places, many) in SIZES.items():
        if by_hand <= places and files <= many:
            return name
    return LARGEST

"""What ``port-kit compare --all`` shows: each fault on both stacks, and the claim of each cell.

``-k`` chooses by name, as in ``pytest tests/comparison -k 'reset-peer and bare'``; ``-m matrix``
runs the faults that are not in the short tour. The claims themselves stand with the faults, where
each that nothing fails has a control beside it: another profile, or another fault.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from migration_guide.kit.lab.faults import FAULTS, TOUR
from migration_guide.kit.lab.faults.base import Fault
from migration_guide.kit.lab.stacks import PROFILES, Profile

from .conftest import Show


def every_pair() -> Iterator[Any]:
    for fault in FAULTS.values():
        marks = () if fault in TOUR else (pytest.mark.matrix,)
        for profile in PROFILES:
            if any(profile == claimed for _, claimed in fault.claims):
                yield pytest.param(fault, profile, marks=marks, id=f"{fault.name}-{profile}")


@pytest.mark.parametrize(("fault", "profile"), list(every_pair()))
async def test_what_is_claimed_is_seen(show: Show, fault: Fault[Any], profile: Profile) -> None:
    cells = await show(fault, profile)
    for stack, cell in cells.items():
        assert cell.status == "ran", cell
        assert cell.violations == (), (stack, cell)
        assert cell.held or cell.note, "a cell without a verdict tells why"

"""Run cells as ``port-kit compare`` does."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from migration_guide.kit.lab.faults.base import Fault
from migration_guide.kit.lab.results import Cell
from migration_guide.kit.lab.runner import Lab
from migration_guide.kit.lab.stacks import Profile

Show = Callable[[Fault[Any], Profile], Awaitable[dict[str, Cell]]]


@pytest.fixture
def show(lab: Lab) -> Show:
    async def run(fault: Fault[Any], profile: Profile) -> dict[str, Cell]:
        cells = {cell.stack: cell async for cell in lab.run_pair(fault, profile, seed=1)}
        if skipped := [cell for cell in cells.values() if cell.status == "skipped"]:
            pytest.skip(str(skipped[0].reason))
        return cells

    return run

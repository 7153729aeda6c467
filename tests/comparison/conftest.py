"""Run one cell, as ``port-kit compare`` does."""

from collections.abc import Awaitable, Callable

import pytest

from migration_guide.kit.lab.faults.base import Fault
from migration_guide.kit.lab.results import Cell
from migration_guide.kit.lab.runner import Lab
from migration_guide.kit.lab.stacks import STACKS, Profile, Stack

Show = Callable[[Fault, Stack, Profile], Awaitable[Cell]]


@pytest.fixture(params=STACKS)
def stack(request: pytest.FixtureRequest) -> Stack:
    param: Stack = request.param
    return param


@pytest.fixture
def show(lab: Lab) -> Show:
    async def run(fault: Fault, stack: Stack, profile: Profile) -> Cell:
        cell = await lab.run_cell(fault, stack, profile, seed=1)
        if cell.status == "skipped":
            pytest.skip(str(cell.reason))
        return cell

    return run

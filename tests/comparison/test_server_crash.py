"""A crashed server costs a request, unless the two settings are given."""

from migration_guide.kit.lab.faults.server_crash import FAULT
from migration_guide.kit.lab.stacks import Stack

from .conftest import Show


async def test_without_settings_a_request_fails(show: Show, stack: Stack) -> None:
    cell = await show(FAULT, stack, "bare")
    assert cell.held, cell


async def test_with_the_two_settings_no_request_fails(show: Show, stack: Stack) -> None:
    cell = await show(FAULT, stack, "same-settings")
    assert cell.held, cell


async def test_hardened_no_request_fails(show: Show, stack: Stack) -> None:
    cell = await show(FAULT, stack, "hardened")
    assert cell.held, cell

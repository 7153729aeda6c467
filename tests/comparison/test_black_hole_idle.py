"""Connections that go silent hang the requests, except with the resilient dialect."""

from migration_guide.kit.lab.faults.black_hole_idle import FAULT
from migration_guide.kit.lab.stacks import Stack

from .conftest import Show


async def test_without_settings_requests_hang(show: Show, stack: Stack) -> None:
    cell = await show(FAULT, stack, "bare")
    assert cell.held, cell


async def test_with_the_two_settings_requests_hang_all_the_same(show: Show, stack: Stack) -> None:
    cell = await show(FAULT, stack, "same-settings")
    assert cell.held, cell


async def test_hardened_quart_loses_no_request(show: Show) -> None:
    cell = await show(FAULT, "quart", "hardened")
    assert cell.held, cell


async def test_hardened_flask_is_shown_without_a_verdict(show: Show) -> None:
    cell = await show(FAULT, "flask", "hardened")
    assert cell.held is None
    assert cell.measured is not None
    assert cell.note

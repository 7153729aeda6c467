"""What makes a claim fail."""

from dataclasses import replace
from typing import Any

import pytest

from migration_guide.kit.lab.faults import FAULTS
from migration_guide.kit.lab.faults.base import FAILS, HANGS, RECOVERS, SURVIVES, Claim, Fault
from migration_guide.kit.lab.results import Measured
from migration_guide.kit.lab.stacks import PROFILES, STACKS

WELL = Measured(
    sent=30,
    failed_during=0,
    failed_after=0,
    hung=0,
    recovered=True,
    recovery_s=0.01,
    lost_writes=0,
    doubled_writes=0,
    stock_off_by=0,
    leaked_connections=0,
)


@pytest.mark.parametrize(
    ("claim", "change", "holds"),
    [
        (FAILS, {}, False),
        (FAILS, {"failed_after": 1}, True),
        (FAILS, {"failed_during": 1}, True),
        (FAILS, {"hung": 1}, False),
        (RECOVERS, {}, True),
        (RECOVERS, {"failed_during": 1}, True),
        (RECOVERS, {"failed_after": 1}, False),
        (RECOVERS, {"hung": 1}, False),
        (SURVIVES, {}, True),
        (SURVIVES, {"failed_during": 1}, False),
        (SURVIVES, {"hung": 1}, False),
        (HANGS, {}, False),
        (HANGS, {"hung": 1}, True),
    ],
)
def test_a_claim_holds_for_what_it_says(claim: Claim, change: Any, holds: bool) -> None:  # noqa: FBT001
    assert (claim.violations(replace(WELL, **change)) == ()) is holds


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"recovered": False, "recovery_s": None}, "did not recover"),
        ({"lost_writes": 1}, "1 acknowledged orders are lost"),
        ({"doubled_writes": 2}, "2 orders exist more than once"),
        ({"stock_off_by": 3}, "3 is what stock and order lines differ by"),
        ({"leaked_connections": 4}, "4 connections are leaked"),
    ],
)
def test_no_claim_holds_where_something_is_lost_or_leaked(change: Any, sentence: str) -> None:
    (violation,) = RECOVERS.violations(replace(WELL, **change))
    assert sentence in violation


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_every_fault_claims_something_for_every_cell(fault: Fault) -> None:
    assert set(fault.claims) == {(stack, profile) for stack in STACKS for profile in PROFILES}
    assert fault.summary
    assert fault.models

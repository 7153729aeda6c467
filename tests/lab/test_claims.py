"""What makes a claim fail."""

from dataclasses import replace
from typing import Any

import pytest

from migration_guide.kit.lab.faults import FAULTS
from migration_guide.kit.lab.faults.base import (
    FAILS,
    HANGS,
    NO_VERDICT,
    RECOVERS,
    SURVIVES,
    Claim,
    Fault,
)
from migration_guide.kit.lab.faults.latency import SLOWED
from migration_guide.kit.lab.results import (
    Cell,
    Latency,
    Measured,
    compare_hardened,
    find_uncovered,
)
from migration_guide.kit.lab.stacks import STACKS, Profile, Stack

WELL = Measured(
    sent=30,
    failed_during=0,
    failed_after=0,
    hung=0,
    recovered=True,
    recovery_s=0.01,
    longest_failure_s=None,
    lost_writes=0,
    doubled_writes=0,
    half_writes=0,
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
        ({"half_writes": 1}, "1 orders are there by half"),
        ({"stock_off_by": 3}, "3 is what stock and order lines differ by"),
        ({"leaked_connections": 4}, "4 connections are leaked"),
    ],
)
def test_no_claim_holds_where_something_is_lost_or_leaked(change: Any, sentence: str) -> None:
    (violation,) = RECOVERS.violations(replace(WELL, **change))
    assert sentence in violation


@pytest.mark.parametrize(
    ("claim", "change", "noisy"),
    [
        (RECOVERS, {"hung": 1, "late_s": 0.6}, True),
        (RECOVERS, {"hung": 1, "others_share": 0.5}, True),
        (RECOVERS, {"hung": 1, "late_s": 0.4, "others_share": 0.3}, False),
        (RECOVERS, {"failed_after": 1, "longest_failure_s": 2.0, "others_share": 0.5}, True),
        (RECOVERS, {"failed_after": 1, "longest_failure_s": 0.1, "others_share": 0.5}, False),
        (RECOVERS, {"late_s": 0.6}, False),
        (RECOVERS, {"lost_writes": 1, "late_s": 0.6}, False),
        (HANGS, {"hung": 1, "late_s": 0.6}, True),
        (HANGS, {"hung": 1}, False),
        (NO_VERDICT, {"hung": 1, "late_s": 0.6}, False),
        (SLOWED, {"latency_before": Latency(0.01, 0.2, spread_s=0.06)}, True),
        (SLOWED, {"latency_before": Latency(0.01, 0.2, spread_s=0.04)}, False),
    ],
)
def test_noise_that_could_have_swayed_a_verdict_leaves_none(
    claim: Claim,
    change: Any,
    noisy: bool,  # noqa: FBT001
) -> None:
    assert (claim.too_noisy(replace(WELL, **change)) is not None) is noisy


def cell(stack: Stack, profile: Profile, *, gap: bool = False, **change: Any) -> Cell:
    measured = replace(WELL, **change)
    return Cell("x", stack, profile, "ran", "", measured=measured, gap=gap)


@pytest.mark.parametrize(
    ("change", "uncovered"),
    [
        ({}, False),
        ({"failed_during": 3}, False),
        ({"hung": 1}, True),
        ({"failed_after": 1}, True),
        ({"recovered": False}, True),
        ({"gap": True}, True),
    ],
)
def test_a_fault_is_uncovered_if_the_two_settings_were_seen_to_fail(
    change: Any,
    uncovered: bool,  # noqa: FBT001
) -> None:
    cells = [cell("flask", "same-settings", **change), cell("quart", "hardened", hung=1)]
    assert find_uncovered(cells) == {"flask": ["x"] if uncovered else [], "quart": []}


@pytest.mark.parametrize(
    ("flask", "quart", "worse"),
    [
        ({}, {}, ()),
        ({"hung": 2}, {"failed_during": 2}, ()),
        ({"hung": 1}, {"failed_during": 2}, ("2 requests failed and 0 hung, on Flask 0 and 1",)),
        ({"recovery_s": 0.1}, {"recovery_s": 0.34}, ()),
        ({"recovery_s": 0.1}, {"recovery_s": 0.36}, ("recovery: 0.36 s, on Flask 0.10 s",)),
        ({"recovery_s": 2.0}, {"recovery_s": 2.39}, ()),
        ({"recovery_s": 2.0}, {"recovery_s": 2.41}, ("recovery: 2.41 s, on Flask 2.00 s",)),
        ({}, {"recovery_s": None}, ("recovery: none, on Flask 0.01 s",)),
        ({"recovery_s": None}, {"recovery_s": None}, ()),
    ],
)
def test_hardened_quart_is_held_against_hardened_flask(
    flask: Any, quart: Any, worse: tuple[str, ...]
) -> None:
    cells = [cell("flask", "hardened", **flask), cell("quart", "hardened", **quart)]
    (compared,) = compare_hardened(cells)
    assert compared.worse == worse
    assert compare_hardened(cells[:1]) == []


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_every_fault_claims_something_for_every_cell(fault: Fault) -> None:
    profiles = {"bare", "same-settings", "hardened"} | {profile for _, profile in fault.claims}
    assert set(fault.claims) == {(stack, profile) for stack in STACKS for profile in profiles}
    assert set(fault.notes) == set(fault.claims), "each cell is explained"
    assert fault.summary
    assert fault.models

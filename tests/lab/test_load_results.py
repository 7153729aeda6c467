"""What a comparison under load has measured is kept, and summed up over its rounds."""

import json
from dataclasses import asdict, replace

import pytest

from migration_guide.kit.lab.load_results import (
    BINS,
    LoadRatio,
    LoadStep,
    Slice,
    compare,
    is_disturbed,
    is_load_limited,
    summarise,
)

STEP = LoadStep(
    stack="flask",
    profile="same-settings",
    scenario="mixed",
    clients=100,
    round=0,
    seconds=2.5,
    offered_per_second=100.0,
    per_second=100.0,
    ok=250,
    shed=0,
    failed=0,
    hung=0,
    causes={},
    p50_ms=10.0,
    p90_ms=20.0,
    p99_ms=40.0,
    max_ms=50.0,
    histogram=(250, *[0] * (BINS - 1)),
    lateness_p99_ms=1.0,
    lateness_max_ms=2.0,
    generator_busy=0.1,
    proxy_busy=0.1,
    machine_busy=0.5,
    others_share=0.0,
    load_limited=False,
    disturbed=False,
    memory_mb=80.0,
    memory_peak_mb=90.0,
    processor_us=4000.0,
    drained_s=0.1,
)
QUART = replace(STEP, stack="quart", profile="hardened")


@pytest.mark.parametrize("timeline", [None, (Slice(0.0, 1, 2, 3, 4, None),)])
def test_figures_are_restored_from_json(timeline: tuple[Slice, ...] | None) -> None:
    step = replace(STEP, timeline=timeline, others_share=None, disturbed=None, causes={"500": 1})
    assert LoadStep.from_dict(json.loads(json.dumps(asdict(step)))) == step


def test_a_summary_has_the_medians_and_the_sums_of_all_rounds() -> None:
    steps = [
        replace(STEP, p50_ms=None, ok=0, causes={"500": 2}, failed=2, drained_s=0.2),
        replace(STEP, round=1, p50_ms=30.0, causes={"500": 1, "404": 1}, failed=2),
        replace(STEP, round=2, p50_ms=20.0, load_limited=True, disturbed=None),
        QUART,
    ]
    first, second = summarise(steps)
    assert (first.stack, first.profile, first.rounds) == ("flask", "same-settings", 3)
    assert first.p50_ms == 25.0
    assert first.drained_s == 0.1
    assert (first.ok, first.failed, first.causes) == (500, 4, {"500": 3, "404": 1})
    assert first.histogram[0] == 750
    assert (first.load_limited, first.disturbed) == (True, False)
    assert (second.stack, second.rounds, second.load_limited) == ("quart", 1, False)


def ratios(*steps: LoadStep) -> dict[str, LoadRatio]:
    return {ratio.figure: ratio for ratio in compare(steps)}


def test_a_ratio_compares_within_a_round() -> None:
    """A machine that is half as fast in one round changes nothing."""
    found = ratios(
        *(STEP, replace(QUART, p50_ms=5.0)),
        *(replace(STEP, round=1, p50_ms=20.0), replace(QUART, round=1, p50_ms=10.0)),
    )
    p50 = found["p50_ms"]
    assert (p50.median, p50.least, p50.most, p50.differs) == (0.5, 0.5, 0.5, True)
    assert (p50.stack, p50.profile) == ("quart", "hardened")
    assert (p50.against_stack, p50.against_profile) == ("flask", "same-settings")
    assert found["per_second"].differs is False


@pytest.mark.parametrize(
    ("second", "differs"),
    [(15.0, True), (10.5, False), (9.9, False), (10.0, False)],
    ids=["the same side", "hardly", "the other side", "the same"],
)
def test_a_difference_is_larger_than_the_noise_where_all_rounds_agree(
    second: float, *, differs: bool
) -> None:
    found = ratios(
        *(STEP, replace(QUART, p50_ms=12.0)),
        *(replace(STEP, round=1), replace(QUART, round=1, p50_ms=second)),
    )
    assert found["p50_ms"].differs is differs


def test_a_single_round_says_nothing_of_the_noise() -> None:
    assert ratios(STEP, replace(QUART, p50_ms=1.0))["p50_ms"].differs is None


def test_what_a_round_has_not_measured_is_not_compared() -> None:
    found = ratios(
        *(STEP, replace(QUART, p50_ms=None, per_second=0.0)),
        *(replace(STEP, round=1, per_second=0.0, load_limited=True), replace(QUART, round=1)),
    )
    assert found["p50_ms"].rounds == 1
    assert (found["per_second"].median, found["per_second"].rounds) == (0.0, 1)
    assert (found["p50_ms"].load_limited, found["p50_ms"].disturbed) == (True, False)
    assert not ratios(QUART), "there is nothing to compare with"


@pytest.mark.parametrize(
    ("busy", "late_ms", "limited"),
    [(0.5, 2.0, False), (0.95, 2.0, True), (0.5, 30.0, True), (0.5, None, False)],
)
def test_a_generator_that_is_the_limit_is_told(
    busy: float, late_ms: float | None, *, limited: bool
) -> None:
    assert is_load_limited(busy, late_ms) is limited


@pytest.mark.parametrize(
    ("machine_busy", "others_share", "disturbed"),
    [
        (0.95, 0.05, False),
        (0.95, 0.5, True),
        (0.6, 0.5, False),  # there was enough for all
        (0.95, None, None),
    ],
)
def test_a_machine_that_others_use_up_is_told(
    machine_busy: float, others_share: float | None, *, disturbed: bool | None
) -> None:
    assert is_disturbed(machine_busy, others_share) is disturbed

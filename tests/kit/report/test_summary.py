"""The verdict claims no more than was measured."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from migration_guide.kit.lab.results import Cell, VitalsMeasured
from migration_guide.kit.report.load import sentences
from migration_guide.kit.report.summary import Results, Summary

from .made_run import Key, Lost, MadeRun, load_steps, without_measurement


def summary(run: MadeRun) -> Summary:
    results = Results()
    for event in run.events():
        results(event)
    return Summary(results)


def quart_loses(key: Key) -> Lost:
    return Lost(failed=3) if key[1] == "quart" else Lost()


def test_a_move_is_safe_where_all_faults_were_compared_and_nothing_is_worse() -> None:
    found = summary(MadeRun())
    assert found.tone == "good"
    assert found.verdict == (
        "The move is safe here: hardened, quart recovers as flask does or better, from all 2"
        " compared faults."
    )


def skip(which: Callable[[Cell], bool]) -> Callable[[Cell], Cell]:
    def change(cell: Cell) -> Cell:
        if which(cell):
            return without_measurement(cell, skipped=True, reason="needs root")
        return cell

    return change


def test_what_was_skipped_is_not_among_what_it_recovers_from() -> None:
    found = summary(MadeRun(change=skip(lambda cell: cell.fault == "reset-peer")))
    assert found.tone == "good"
    assert found.verdict.endswith("from the one fault that was compared (1 was not).")


@pytest.mark.parametrize(
    "change",
    [
        skip(lambda cell: cell.stack == "flask"),
        lambda cell: replace(cell, compares=False),
    ],
    ids=["one stack was skipped", "cells that are not compared"],
)
def test_without_a_comparison_nothing_is_said_of_the_move(
    change: Callable[[Cell], Cell],
) -> None:
    found = summary(MadeRun(change=change))
    assert found.tone == "unknown"
    assert found.verdict == (
        "Every claim held, but no fault was compared between flask and quart: no verdict on the"
        " move."
    )


def test_orders_are_told_only_where_they_were_counted() -> None:
    assert "quart loses no order and gets over" in summary(MadeRun(lost=quart_loses)).verdict

    def uncounted(cell: Cell) -> Cell:
        assert cell.measured is not None
        return replace(cell, measured=replace(cell.measured, lost_writes=None))

    own = MadeRun(profiles=("own",), lost=quart_loses, change=uncounted)
    assert summary(own).verdict == (
        "The move is safe here, at a price: quart gets over 2 of 2 compared faults, flask over 2."
        " It costs: a worse recovery from reset-peer and server-crash."
    )


def test_what_is_worse_under_load_is_told_and_sways_the_verdict() -> None:
    def slower(share: float, *, limited: bool = False) -> Summary:
        steps = [
            replace(step, per_second=step.per_second * share, load_limited=limited)
            if step.stack == "quart"
            else step
            for step in load_steps()
        ]
        return summary(MadeRun(load=steps))

    found = slower(0.5)
    assert found.tone == "mixed"
    assert (
        "Under load (mixed, 600 clients), hardened: quart: answers a second x 0.65 (0.65 to 0.65)"
        " of flask." in list(found.watch())
    )
    assert found.verdict.endswith(
        " It costs: under load (reads and orders) 0.50 times as many answers a second as flask."
    )
    assert slower(1.0).tone == "good", "the control"
    assert slower(0.5, limited=True).tone == "good", "the generator was the limit"


def is_shown_only(cell: Cell) -> Cell:
    key = cell.fault, cell.stack, cell.profile
    return replace(cell, decides=key != ("reset-peer", "flask", "hardened"))


def test_what_counts_nowhere_is_told() -> None:
    def told(run: MadeRun) -> list[str]:
        return [line for line in summary(run).watch() if "counts nowhere" in line]

    assert told(MadeRun(change=is_shown_only)) == [
        "No verdict on reset-peer, hardened, so it counts nowhere: flask: no request lost."
    ]
    assert told(MadeRun()) == [], "the control"


def test_a_cell_without_a_verdict_counts_in_no_score() -> None:
    def scored(run: MadeRun) -> tuple[list[int], int]:
        found = summary(run)
        faults = [score.faults for score in found.scores if score.profile == "hardened"]
        return faults, len([pair for pair in found.pairs if pair.profile == "hardened"])

    assert scored(MadeRun(change=is_shown_only)) == ([1, 1], 1), "all count the same faults"
    assert scored(MadeRun()) == ([2, 2], 2), "the control"


UNDER_FAULT = "under load (reads and orders, reset-peer in the middle)"


@pytest.mark.parametrize(
    ("of_quart", "told"),
    [
        ({}, []),
        ({"memory_peak_mb": 95.0}, []),
        (
            {"memory_peak_mb": 135.0},
            ["It costs: memory under load 135 MB instead of 90 MB."],
        ),
        (
            {"memory_peak_mb": 45.0},
            ["It brings: memory under load 45 MB instead of 90 MB."],
        ),
        (
            {"p99_ms": 100.0, "fault": "reset-peer", "per_second": 150.0},
            [
                f"It brings: {UNDER_FAULT} 1.50 times as many answers a second as flask.",
                f"It costs: {UNDER_FAULT} the slowest 1 % take 2.00 times as long as on flask.",
            ],
        ),
        ({"p99_ms": 10.0, "shed": 90}, []),
    ],
    ids=["the same", "noise", "more memory", "less memory", "both", "shed, not sooner"],
)
def test_what_the_move_brings_and_costs_stands_in_the_verdict(
    of_quart: dict[str, Any], told: list[str]
) -> None:
    alike: dict[str, Any] = {
        "per_second": 100.0,
        "p99_ms": 50.0,
        "hung": 0,
        "fault": of_quart.get("fault"),
    }
    steps = [
        replace(step, **alike | (of_quart if step.stack == "quart" else {}))
        for step in load_steps()
        if step.key[2:] == ("mixed", 600)
    ]
    found = summary(MadeRun(load=steps))
    assert found.balance == told
    assert found.verdict == " ".join([found.headline, *told])


def test_round_trips_are_told_where_there_are_fewer_or_more() -> None:
    results = Results()
    for event in MadeRun().events():
        if isinstance(event, VitalsMeasured) and event.vitals.stack == "quart":
            vitals = replace(event.vitals, read_round_trips=4, write_round_trips=7)
            results(VitalsMeasured(vitals))
        else:
            results(event)
    assert Summary(results).balance == [
        "It brings: round trips of an order 7 instead of 8.",
        "It costs: round trips of a read 4 instead of 1.",
    ]


def test_what_the_two_settings_do_not_cover_on_either_stack_is_told_once() -> None:
    def hang(*who: tuple[str, str]) -> list[str]:
        def lost(key: Key) -> Lost:
            hangs = key[2] == "same-settings" and key[:2] in who
            return Lost(hung=2 * hangs)

        return [line for line in summary(MadeRun(lost=lost)).watch() if "two settings" in line]

    both = ("reset-peer", "flask"), ("reset-peer", "quart")
    alone = "With the two settings alone, "
    assert hang(*both) == [f"{alone}neither flask nor quart gets over reset-peer."]
    assert hang(*both, ("server-crash", "quart")) == [
        f"{alone}neither flask nor quart gets over reset-peer.",
        f"{alone}quart does not get over server-crash.",
    ]
    assert hang() == []


def test_times_are_told_with_what_was_not_answered() -> None:
    def told(**of_quart: Any) -> list[str]:
        steps = [
            replace(step, p99_ms=(step.p99_ms or 0) * 2, **of_quart)
            if step.stack == "quart"
            else replace(step, shed=0, hung=0)
            for step in load_steps(profiles=("same-settings",))
            if step.scenario == "mixed-fault"
        ]
        return list(sentences(steps))

    (line,) = told(shed=40, hung=0)
    assert line.endswith(
        " Not among these times: quart same-settings 80 shed; flask same-settings none."
    )
    (line,) = told(shed=0, hung=0)
    assert "Not among" not in line, "the control"


def test_a_run_in_which_nothing_was_judged_says_so() -> None:
    found = summary(MadeRun(change=skip(lambda _: True)))
    assert found.verdict == "No cell was judged: no verdict."
    assert found.tone == "unknown"

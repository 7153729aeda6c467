"""One run against another."""

import json
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from migration_guide.kit.lab.results import (
    Cell,
    CellFinished,
    Event,
    LoadMeasured,
    Planned,
    RunFinished,
    RunStarted,
)
from migration_guide.kit.report import load

from .kept_run import PLANNED, RUN, STEP, cell, keep, report, whole
from .report.made_run import without_measurement
from .test_compare import validator

DIFFERENCE = json.loads(
    files("migration_guide.kit.report").joinpath("difference.schema.json").read_text()
)


WORSE: list[tuple[dict[str, Any], str]] = [
    ({"failed_after": 1}, "no request lost, now 1 of 30 requests failed"),
    ({"hung": 2}, "no request lost, now 2 of 30 requests hung"),
    ({"lost_writes": 1}, "orders lost, doubled or by half: 0, now 1"),
    ({"leaked_connections": 2}, "leaked connections: 0, now 2"),
    ({"recovery_s": 0.5}, "recovered in 10 ms, now 500 ms"),
    ({"recovered": False, "recovery_s": None}, "recovered in 10 ms, now -"),
]


@pytest.mark.parametrize(("change", "sentence"), WORSE)
def test_what_got_worse_is_named_and_ends_with_1(
    tmp_path: Path, change: dict[str, Any], sentence: str
) -> None:
    first, second = keep(tmp_path / "1", whole()), keep(tmp_path / "2", whole(**change))
    done = report(first, second)
    assert done.exit_code == 1
    assert f"one / quart / same-settings: {sentence}" in done.output
    assert "One thing got worse; both runs have measured 8 cells." in done.output
    back = report(second, first)
    assert back.exit_code == 0, "the control: what got better is no regression"
    assert "Better" in back.output
    assert "Nothing got worse" in report(first, first).output


@pytest.mark.parametrize(
    "change", [{"recovery_s": 0.2}, {"recovery_s": 0.9, "late_s": 1.0}, {"repeated_writes": 4}]
)
def test_noise_is_no_regression(tmp_path: Path, change: dict[str, Any]) -> None:
    first, second = keep(tmp_path / "1", whole()), keep(tmp_path / "2", whole(**change))
    assert report(first, second).exit_code == 0


def test_in_what_the_runs_differ_is_told(tmp_path: Path) -> None:
    settings = {"quart": {"same-settings": {"pool_recycle": 300}}}
    other = replace(RUN, settings=settings, versions={**RUN.versions, "asyncpg": "2"})
    first = keep(tmp_path / "1", whole())
    second = keep(
        tmp_path / "2",
        (RunStarted(other) if isinstance(event, RunStarted) else event for event in whole()),
    )
    done = report(first, second, "--json", "-")
    document = json.loads(done.stdout)
    validator(DIFFERENCE).validate(document)
    assert document["made_with"] == [
        "asyncpg: 1, now 2",
        "The settings of quart / same-settings: pool_pre_ping: True, now not set",
    ]
    assert "asyncpg: 1, now 2" in report(first, second, "--markdown", "-").output


def test_slower_under_load_is_worse_if_the_rounds_do_not_overlap(tmp_path: Path) -> None:
    def with_load(*per_second: float) -> Iterator[Event]:
        for event in whole():
            if isinstance(event, LoadMeasured):
                for number, one in enumerate(per_second):
                    yield LoadMeasured(replace(STEP, round=number, per_second=one))
            else:
                yield event

    first = keep(tmp_path / "1", with_load(100, 90))
    slower = report(first, keep(tmp_path / "2", with_load(70, 80)))
    assert slower.exit_code == 1
    assert "load / quart / hardened / mixed, 100 clients: 95 answers/s, now 75" in slower.output
    assert report(first, keep(tmp_path / "3", with_load(70, 95))).exit_code == 0
    one_round = report(first, keep(tmp_path / "4", with_load(70)))
    assert one_round.exit_code == 0
    assert "Not to be compared\n  load / quart" in one_round.output


def test_times_of_fewer_answers_are_not_called_better(tmp_path: Path) -> None:
    def with_load(**change: Any) -> Iterator[Event]:
        for event in whole():
            if isinstance(event, LoadMeasured):
                for number in range(2):
                    yield LoadMeasured(replace(STEP, round=number, **change))
            else:
                yield event

    first = keep(tmp_path / "1", with_load(p99_ms=100.0))
    sooner = report(first, keep(tmp_path / "2", with_load(p99_ms=50.0)))
    assert "Better\n  load / quart / hardened" in sooner.output, "the control"
    slower = report(first, keep(tmp_path / "4", with_load(p99_ms=200.0, shed=STEP.shed + 90)))
    assert slower.exit_code == 1, "what is slower although more was shed is worse"
    shed = report(first, keep(tmp_path / "3", with_load(p99_ms=50.0, shed=STEP.shed + 90)))
    assert "Better" not in shed.output
    words = " ".join(shed.output.split())
    assert (
        "100 ms at the 99th percentile, now 50, with 0 requests without success, now 180" in words
    )


@pytest.mark.parametrize(
    ("change", "exit_code"),
    [
        ({"hung": 9}, 1),
        ({"failed": 9}, 1),
        ({"p99_ms": 2 * (STEP.p99_ms or 0.0)}, 1),
        ({"p99_ms": 1.2 * (STEP.p99_ms or 0.0)}, 0),
        ({"hung": 9, "load_limited": True}, 0),
        ({"hung": 9, "disturbed": True}, 0),
    ],
)
def test_the_load_is_compared_where_the_service_was_the_limit(
    tmp_path: Path, change: dict[str, Any], exit_code: int
) -> None:
    def with_load(name: str, **change: Any) -> Path:
        steps = [replace(STEP, round=number, **change) for number in (0, 1)]
        events = [event for event in whole() if not isinstance(event, LoadMeasured)]
        return keep(tmp_path / name, iter([*events[:-1], *map(LoadMeasured, steps), events[-1]]))

    done = report(with_load("1"), with_load("2", **change))
    assert done.exit_code == exit_code, done.output


def test_what_differs_under_load_by_more_than_the_noise_is_told() -> None:
    def told(*per_second: float) -> list[str]:
        flask = [replace(STEP, stack="flask", profile="same-settings", round=n) for n in (0, 1)]
        quart = [replace(STEP, round=n, per_second=one) for n, one in enumerate(per_second)]
        return list(load.sentences([*flask, *quart]))

    rate = STEP.per_second
    (sentence,) = told(1.2 * rate, 1.4 * rate)
    assert sentence == (
        "mixed, 100 clients: quart hardened: answers a second x 1.30 (1.20 to 1.40) of flask"
        " same-settings."
    )
    assert told(0.9 * rate, 1.4 * rate) == [], "the rounds do not agree"
    assert told(1.05 * rate, 1.4 * rate) == [], "in the first they are about the same"


def test_runs_without_a_common_cell_are_not_compared(tmp_path: Path) -> None:
    first = keep(tmp_path / "1", whole())
    ended = RunFinished(interrupted=True, seconds=1.0)
    second = keep(tmp_path / "2", iter([RunStarted(RUN), ended]))
    done = report(first, second)
    assert done.exit_code == 3
    assert "no cell in common" in done.output


def of_cells(*cells: Cell) -> Iterator[Event]:
    schedule = tuple(Planned(one.fault, one.stack, one.profile, 2.0) for one in cells)
    yield RunStarted(replace(RUN, schedule=schedule))
    yield from map(CellFinished, cells)
    yield RunFinished(interrupted=False, seconds=1.0)


def test_that_nothing_got_worse_is_said_only_if_all_was_measured_again(tmp_path: Path) -> None:
    all_of_it = [cell(planned) for planned in PLANNED]
    first = keep(tmp_path / "1", of_cells(*all_of_it))
    one = report(first, keep(tmp_path / "2", of_cells(all_of_it[0])))
    assert one.exit_code == 3
    assert "Nothing got worse; both runs have measured 1 cell, 7 only the first." in one.output
    noisy = [without_measurement(one, skipped=False, reason="too busy") for one in all_of_it]
    none = report(first, keep(tmp_path / "3", of_cells(*noisy)))
    assert none.exit_code == 3
    assert "measured no cell in common" in none.output
    assert "ran, now inconclusive (too busy)" in none.output
    more = report(keep(tmp_path / "4", of_cells(all_of_it[0])), first)
    assert more.exit_code == 0, "the control: all that the first had was measured again"


def test_what_fails_less_and_hangs_more_is_worse(tmp_path: Path) -> None:
    first = keep(tmp_path / "1", whole(failed_during=20))
    done = report(first, keep(tmp_path / "2", whole(hung=5)))
    assert done.exit_code == 1
    assert "20 of 30 requests failed, now 5 of 30 requests hung" in done.output

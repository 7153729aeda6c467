"""A run's folder: written, read again, damaged; two runs against each other."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from migration_guide.kit.cli import cli
from migration_guide.kit.lab.results import (
    Cell,
    CellFinished,
    Event,
    FaultInfo,
    Latency,
    LoadMeasured,
    Planned,
    Record,
    RequestFinished,
    RunFinished,
    RunInfo,
    RunStarted,
    Vitals,
    VitalsMeasured,
)
from migration_guide.kit.lab.store import Store, StoreError, given_folder, new_folder, replay
from migration_guide.kit.report import load
from tests.lab.test_claims import WELL
from tests.lab.test_load_results import STEP

from .test_compare import SCHEMA, validator

DIFFERENCE = json.loads(
    files("migration_guide.kit.report").joinpath("difference.schema.json").read_text()
)
PLANNED = tuple(
    Planned(fault, stack, profile, 2.0)
    for fault in ("one", "other")
    for profile in ("same-settings", "hardened")
    for stack in ("flask", "quart")
)
RUN = RunInfo(
    versions={"python": "3", "asyncpg": "1"},
    settings={"quart": {"same-settings": {"pool_pre_ping": True, "pool_recycle": 300}}},
    seed=7,
    machine={"system": "Linux", "cpus": 2},
    client_deadline_s=5.0,
    started="2026-01-02T03:04:05+00:00",
    faults={name: FaultInfo("done", "seen", f"page#{name}") for name in ("one", "other")},
    schedule=PLANNED,
)
STEP = replace(STEP, stack="quart", profile="hardened")
AFTER = Latency(0.01, 0.02, 0.003)


def request(planned: Planned, **change: Any) -> RequestFinished:
    given: dict[str, Any] = {"kind": "show-product", "start_s": 1.0, "end_s": 1.1}
    key = planned.fault, planned.stack, planned.profile
    record = Record(*key, **given | {"outcome": "ok", "status": 200} | change)
    return RequestFinished(record)


def cell(planned: Planned, **change: Any) -> Cell:
    measured = replace(WELL, **{"latency_after": AFTER, "late_s": 0.01, **change})
    return Cell(
        *(planned.fault, planned.stack, planned.profile, "ran", "all is well"),
        measured=measured,
        engine_options={"pool_pre_ping": True},
    )


def whole(**of_second: Any) -> Iterator[Event]:
    """The events of a run; its second cell may be another."""
    yield RunStarted(RUN)
    for number, planned in enumerate(PLANNED):
        yield request(planned)
        yield request(planned, outcome="hung", status=None)
        yield CellFinished(cell(planned, **(of_second if number == 1 else {})))
    yield VitalsMeasured(Vitals("quart", "hardened", 1, 8, 81.5))
    yield LoadMeasured(STEP)
    yield RunFinished(interrupted=False, seconds=12.5)


def keep(folder: Path, events: Iterator[Event]) -> Path:
    with contextlib.closing(Store(given_folder(folder))) as store:
        for event in events:
            store(event)
    return folder


def report(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["report", *map(str, arguments)])


def test_what_is_read_again_is_what_happened(tmp_path: Path) -> None:
    events = list(replay(keep(tmp_path / "run", whole())))
    key = repr
    assert sorted(events, key=key) == sorted(whole(), key=key)
    assert isinstance(events[0], RunStarted)
    assert isinstance(events[-1], RunFinished)
    without = list(replay(tmp_path / "run", history=False))
    assert not [event for event in without if isinstance(event, RequestFinished)]


def test_each_run_has_a_folder_and_latest_leads_to_the_last(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    folders = []
    for _ in range(2):  # within one second
        folders.append(new_folder(runs, 7))
        Store(folders[-1], latest=runs / "latest")(RunStarted(RUN))
        assert (runs / "latest").resolve() == folders[-1].resolve()
    assert len(set(folders)) == 2
    assert sorted(path.name for path in runs.iterdir()) == sorted(
        [*(folder.name for folder in folders), "latest"]
    )


def test_of_a_run_that_did_not_begin_nothing_is_kept(tmp_path: Path) -> None:
    folder = new_folder(tmp_path, 7)
    Store(folder, latest=tmp_path / "latest").close()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("kept")
    with pytest.raises(StoreError, match="is not empty"):
        given_folder(tmp_path)
    assert (tmp_path / "mine").read_text() == "kept"


@pytest.mark.parametrize("cut", range(0, 400, 37))
def test_a_run_that_was_killed_at_any_byte_opens_and_says_what_is_missing(
    tmp_path: Path, cut: int
) -> None:
    run = keep(tmp_path / "run", (e for e in whole() if not isinstance(e, RunFinished)))
    cells = run / "cells.ndjson"
    cells.write_bytes(cells.read_bytes()[: cells.stat().st_size - cut])
    done = report(run, "--json", "-")
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document["run"]["interrupted"] is True
    assert document["missing"] == ([] if cut == 0 else ["other"])
    assert document["verdict"] == "This run is not complete; no verdict."
    assert "Interrupted: " in report(run).output
    assert "Interrupted: " in report(run, "--markdown", "-").output


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda run: (run / "run.json").unlink(), "is not the folder of a run"),
        (lambda run: (run / "run.json").write_text("{"), "run.json is damaged"),
        (
            lambda run: (run / "run.json").write_text('{"format": 1}'),
            "run.json is damaged: 'ended'",
        ),
        (
            lambda run: (run / "run.json").write_text('{"format": 99}'),
            "a later version of port-kit",
        ),
        (
            lambda run: (run / "cells.ndjson").write_text('nonsense\n{"fault": 1}\n'),
            "cells.ndjson, line 1, is damaged",
        ),
    ],
)
def test_what_is_damaged_is_named(tmp_path: Path, damage: Any, message: str) -> None:
    run = keep(tmp_path / "run", whole())
    damage(run)
    done = report(run)
    assert done.exit_code == 2
    assert message in done.stderr
    assert "Traceback" not in done.output


def test_a_run_is_rendered_again_in_every_form(tmp_path: Path) -> None:
    run = keep(tmp_path / "run", whole(failed_after=3, causes={"503 away | gone": 3}))
    done = report(run, "--json", "-")
    document = json.loads(done.stdout)
    validator(SCHEMA).validate(document)
    assert document["missing"] == []
    assert document["better"][0] == {
        "fault": "one",
        "profile": "same-settings",
        "better": "before",
    }
    text = report(run).output
    assert "quart: 3 of 30 requests failed." in text
    assert "503 away | gone" in text
    assert "flask better in 1 (one)" in text
    page = report(run, "--markdown", "-").output
    assert "- same-settings: quart: 3 of 30 requests failed." in page
    assert r"| 503 away \| gone | 3 | quart |" in page
    target = tmp_path / "page.html"
    assert report(run, "--html", target).exit_code == 0
    assert target.read_text().startswith("<!doctype html>")


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
    assert "One thing got worse; both runs have 8 cells." in done.output
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


def test_runs_without_a_common_cell_are_not_compared(tmp_path: Path) -> None:
    first = keep(tmp_path / "1", whole())
    second = keep(tmp_path / "2", (e for e in whole() if not isinstance(e, CellFinished)))
    done = report(first, second)
    assert done.exit_code == 3
    assert "no cell in common" in done.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("a", "b", "c"), "one run is rendered, or two are compared"),
        (("a", "b", "--html", "x.html"), "--html is for one run"),
        (("a", "--html", "no/such/x.html"), "no/such"),
        (("nowhere",), "nowhere is not the folder of a run"),
        ((), "runs/latest is not the folder of a run"),
    ],
)
def test_a_wrong_call_is_explained_and_ends_with_2(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    done = report(*arguments)
    assert done.exit_code == 2
    assert message in done.stderr

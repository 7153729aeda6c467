"""A run's folder: written, read again, damaged."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from migration_guide.kit.lab.journal import telling_the_end
from migration_guide.kit.lab.results import (
    Event,
    RequestFinished,
    RunFinished,
    RunStarted,
)
from migration_guide.kit.lab.store import Store, StoreError, given_folder, new_folder, replay

from .kept_run import RUN, keep, report, whole
from .test_compare import SCHEMA, validator


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


def test_of_two_runs_in_one_folder_one_begins(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    first = Store(given_folder(folder))
    with pytest.raises(StoreError, match="is not empty"):
        given_folder(folder)
    first.close()
    assert not folder.exists(), "it did not begin"
    assert given_folder(folder) == folder


def test_what_has_ended_a_run_before_its_time_is_told(tmp_path: Path) -> None:
    def of_a_run_that_fails() -> Iterator[Event]:
        told: list[Event] = []
        with contextlib.suppress(RuntimeError), telling_the_end(told.append):
            raise RuntimeError("the service is gone\nand its log")
        yield RunStarted(RUN)
        yield from told

    run = keep(tmp_path / "run", of_a_run_that_fails())
    document = json.loads(report(run, "--json", "-").stdout)
    assert document["run"]["interrupted"] is True
    assert document["run"]["error"] == "the service is gone"
    assert document["watch"][0] == "An error has ended the run: the service is gone"
    validator(SCHEMA).validate(document)


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
            "run.json is damaged: versions: Field required",
        ),
        (lambda run: (run / "run.json").write_text("null"), "run.json is damaged: "),
        (lambda run: change_run(run, ended=True), "run.json is damaged: ended: "),
        (lambda run: change_run(run, settings=None), "run.json is damaged: settings: "),
        (lambda run: change_run(run, seed="7"), "run.json is damaged: seed: "),
        (lambda run: change_cell(run, None), "cells.ndjson, line 1, is damaged: "),
        (
            lambda run: change_cell(run, {"status": "well"}),
            "cells.ndjson, line 1, is damaged: status: Input should be",
        ),
        (
            lambda run: change_cell(run, {"measured": {"sent": "30"}}),
            "cells.ndjson, line 1, is damaged: measured.sent: Input should be a valid integer",
        ),
        (lambda run: (run / "cells.ndjson").unlink(), "has 0 of the 8 cells of a run that came"),
        (
            lambda run: ((run / "cells.ndjson").unlink(), (run / "cells.ndjson").mkdir()),
            "cells.ndjson cannot be read: Is a directory",
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


def change_run(run: Path, **values: Any) -> None:
    document = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps(document | values))


def change_cell(run: Path, values: dict[str, Any] | None) -> None:
    """Other values in the first of the cells, or none at all."""
    lines = (run / "cells.ndjson").read_text().splitlines(keepends=True)
    first = None if values is None else json.loads(lines[0]) | values
    (run / "cells.ndjson").write_text("".join([json.dumps(first) + "\n", *lines[1:]]))


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

"""The requests of a run's folder, which are read in a quicker way than the rest."""

import json
from pathlib import Path

import pytest

from migration_guide.kit.lab.results import (
    Record,
    RequestFinished,
    RunFinished,
    RunInfo,
    RunStarted,
)
from migration_guide.kit.lab.store import HISTORY, Store, StoreError, replay

RUN = RunInfo({}, {}, 1, {}, 5.0, "2026-01-02T03:04:05+00:00", {}, ())
RECORD = Record(
    *("x", "quart", "bare", "create-order", 0.25, 0.5, "failed", 503),
    cause="é",
    reference="a",
    attempt=2,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    store = Store(tmp_path)
    for event in (RunStarted(RUN), RequestFinished(RECORD), RunFinished(False, 1.0)):  # noqa: FBT003
        store(event)
    store.close()
    return tmp_path


def read(folder: Path) -> list[Record]:
    return [event.record for event in replay(folder) if isinstance(event, RequestFinished)]


def change(folder: Path, **values: object) -> None:
    """Other values in the line; None takes the name out."""
    line = json.loads((folder / HISTORY).read_text()) | values
    kept = {name: value for name, value in line.items() if name not in values or value is not None}
    (folder / HISTORY).write_text(json.dumps(kept) + "\n")


def test_a_request_is_read_as_it_was_written(folder: Path) -> None:
    assert read(folder) == [RECORD]
    assert hash(read(folder)[0]) == hash(RECORD)


def test_a_line_may_leave_out_what_has_a_default(folder: Path) -> None:
    change(folder, attempt=None)
    assert [record.attempt for record in read(folder)] == [1]


@pytest.mark.parametrize("values", [{"surprise": 1}, {"start_s": None}])
def test_a_line_with_other_names_is_damaged(folder: Path, values: dict[str, object]) -> None:
    change(folder, **values)
    with pytest.raises(StoreError, match=r"history\.ndjson, line 1, is damaged"):
        read(folder)


def test_what_is_no_text_is_damaged(folder: Path) -> None:
    (folder / HISTORY).write_bytes(b'{"fault": "\xff"}\n')
    with pytest.raises(StoreError, match=r"history\.ndjson, line 1, is damaged"):
        read(folder)

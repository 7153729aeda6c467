"""Runs in folders that nobody ran, and what the command says of them."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

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
from migration_guide.kit.lab.store import Store, given_folder
from tests.lab.test_claims import WELL
from tests.lab.test_load_results import STEP as ANY_STEP

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

STEP = replace(ANY_STEP, stack="quart", profile="hardened")

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

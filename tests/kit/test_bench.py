"""``port-kit bench`` from the outside."""

import json
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from migration_guide.kit.bench.command import ratios
from migration_guide.kit.bench.variants import NAIVE_PORT, VARIANTS
from migration_guide.kit.lab.waiting import wait_until

from .conftest import Finished, Start, alive

SCHEMA = json.loads(files("migration_guide.kit.report").joinpath("bench.schema.json").read_text())


@dataclass(frozen=True)
class Quick:
    finished: Finished
    document: dict[str, Any]


@pytest.fixture(scope="module")
async def quick(start: Start) -> Quick:
    running = await start("bench", "--quick", "--json", "-")
    finished = await running.finish()
    assert finished.code == 0, finished.err
    assert running.left() == []
    return Quick(finished, json.loads(finished.out))


def test_the_figures_are_what_the_schema_says(quick: Quick) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    Draft202012Validator(SCHEMA).validate(quick.document)
    timed = {time["variant"] for time in quick.document["times"]}
    assert timed == {variant.name for variant in VARIANTS if variant.timed}
    assert len(quick.document["times"]) == len(timed) * 3 * 2 * 2  # operations, tasks, delays


@pytest.mark.parametrize(
    ("variant", "checkout", "read", "write"),
    [
        ("psycopg2, bare", 0, 3, 3),
        ("psycopg2, same-settings", 1, 4, 4),
        ("asyncpg, bare", 0, 3, 3),
        (NAIVE_PORT, 3, 6, 6),
        ("resilient, transaction", 0, 3, 3),
        ("resilient, AUTOCOMMIT", 0, 1, 1),
        ("resilient, AUTOCOMMIT, idle longer than the bypass", 1, 2, 2),
        ("resilient, AUTOCOMMIT, transaction_pooler", 0, 2, 2),
        ("asyncpg.Pool, no SQLAlchemy", 1, 2, 4),
    ],
)
def test_round_trips(quick: Quick, variant: str, checkout: int, read: int, write: int) -> None:
    counted = quick.document["round_trips"][variant]
    assert counted == {"checkout": checkout, "read": read, "write": write}


def test_the_tables_say_what_the_gain_comes_from(quick: Quick) -> None:
    said = quick.finished.err
    assert "One connection, 1 ms of network delay" in said
    assert "Of that, the engine: x" in said
    assert "AUTOCOMMIT on top of the engine: x" in said


def test_a_ratio_compares_within_a_round() -> None:
    """A machine that is half as fast in one round changes nothing."""
    names = [variant.name for variant in VARIANTS if variant.timed]
    speeds = dict.fromkeys(names, 100.0) | {NAIVE_PORT: 300.0}
    samples = [
        {
            "delay_ms": 0.0,
            "tasks": 1,
            "variant": name,
            "operation": "read",
            "us": speeds[name] * slowness,
        }
        for slowness in (1, 2, 1)
        for name in names
    ]
    whole = next(ratio for ratio in ratios(samples) if ratio["name"] == "whole")
    assert whole["least"] == whole["median"] == whole["most"] == 3.0


async def test_an_interrupted_run_leaves_nothing(start: Start) -> None:
    running = await start("bench")

    def works() -> bool:
        return any("worker" in " ".join(each.cmdline()) for each in running.descendants())

    await wait_until(works, deadline_s=60, what="the measuring process")
    processes = running.descendants()
    running.process.send_signal(2)
    finished = await running.finish()
    assert finished.code == 130
    assert alive(processes) == []
    assert running.left() == []


async def test_a_wrong_option_is_explained(start: Start) -> None:
    finished = await (await start("bench", "--json", "none/such.json")).finish()
    assert finished.code == 2
    assert "there is no folder" in finished.err

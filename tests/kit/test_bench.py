"""``port-kit bench`` from the outside."""

import json
import signal
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from migration_guide.kit.bench.results import Results, ratios
from migration_guide.kit.bench.variants import BY_NAME, NAIVE_PORT, VARIANTS
from migration_guide.kit.bench.worker import WORKER, Orders
from migration_guide.kit.lab.measuring import Measuring, MeasuringError
from migration_guide.kit.report.bench import BenchReport

from .conftest import Finished, Start, alive

pytestmark = pytest.mark.once

SCHEMA = json.loads(files("migration_guide.kit.report").joinpath("bench.schema.json").read_text())


def check(document: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    Draft202012Validator(SCHEMA).validate(document)


@dataclass(frozen=True)
class Quick:
    finished: Finished
    document: dict[str, Any]


@pytest.fixture(scope="module")
async def quick(start: Start) -> Quick:
    """One short run, in the shell of someone who works on another server."""
    running = await start(
        *("bench", "--quick", "--json", "-"),
        PGSSLMODE="require",
        PGOPTIONS="-c search_path=elsewhere",
        PGPORT="9",
    )
    finished = await running.finish()
    assert finished.code == 0, finished.err
    assert running.left() == []
    return Quick(finished, json.loads(finished.out))


def test_the_figures_are_what_the_schema_says(quick: Quick) -> None:
    check(quick.document)
    assert quick.document["run"]["interrupted"] is False
    timed = {time["variant"] for time in quick.document["times"]}
    assert timed == {variant.name for variant in VARIANTS if variant.timed}
    assert len(quick.document["times"]) == len(timed) * 3 * 2 * 2  # operations, tasks, delays


@pytest.mark.parametrize(
    ("variant", "checkout", "read", "write"),
    [
        ("psycopg2, bare", 0, 3, 3),
        ("psycopg2, same-settings", 1, 4, 4),
        ("psycopg2, hardened", 1, 4, 4),
        ("psycopg2, AUTOCOMMIT", 1, 2, 2),
        ("psycopg 3 async, same-settings", 1, 4, 4),
        ("asyncpg, bare", 0, 3, 3),
        (NAIVE_PORT, 3, 6, 6),
        ("asyncpg, AUTOCOMMIT", 1, 2, 2),
        ("resilient, transaction", 0, 3, 3),
        ("resilient, AUTOCOMMIT", 0, 1, 1),
        ("resilient, transaction, idle longer than the bypass", 1, 4, 4),
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
            "round": number,
            "us": speeds[name] * slowness,
        }
        for number, slowness in enumerate((1, 2, 1))
        for name in names
    ]
    whole = next(ratio for ratio in ratios(samples) if ratio["name"] == "whole")
    assert whole["least"] == whole["median"] == whole["most"] == 3.0


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
async def test_an_interrupted_run_leaves_only_what_it_measured(
    start: Start, signum: signal.Signals, code: int
) -> None:
    running = await start("bench", "--json", "-")
    await running.until_runs(WORKER, deadline_s=60)
    processes = running.descendants()
    running.process.send_signal(signum)
    finished = await running.finish()
    assert finished.code == code
    assert "Traceback" not in finished.err
    assert alive(processes) == []
    assert running.left() == []
    document = json.loads(finished.out)
    check(document)
    assert document["run"]["interrupted"] is True


def test_figures_may_end_in_the_middle_of_a_round(
    quick: Quick, capsys: pytest.CaptureFixture[str]
) -> None:
    results = Results(run=quick.document["run"])
    where = {"delay_ms": 1.0, "tasks": 1, "round": 0}
    results.receive({"round_trip": {"delay_ms": 1.0, "us": 1200.0}})
    for variant, operation, us in (
        ("asyncpg, bare", "checkout", 40.0),
        ("asyncpg, bare", "read", 4800.0),
        ("asyncpg, bare", "write", 5000.0),
        (NAIVE_PORT, "checkout", 3600.0),
    ):
        results.receive({"sample": {**where, "variant": variant, "operation": operation, "us": us}})
    document = results.document()
    check(document)
    assert len(document["times"]) == 4
    assert document["ratios"] == []
    BenchReport().show(document)
    shown = capsys.readouterr().out
    assert "asyncpg, same-settings      3600     -" in shown
    assert "Interrupted" in shown


@pytest.mark.parametrize(
    ("variant", "expected"),
    [
        ("psycopg2, bare", "postgresql+psycopg2://u:p@h/x?sslmode=require"),
        ("psycopg 3 async, same-settings", "postgresql+psycopg://u:p@h/x?sslmode=require"),
        (NAIVE_PORT, "postgresql+asyncpg://u:p@h/x?ssl=require"),
        ("resilient, transaction", "postgresql+resilient_asyncpg://u:p@h/x?sslmode=require"),
    ],
)
def test_each_driver_gets_the_servers_parameters_under_its_names(
    variant: str, expected: str
) -> None:
    url = BY_NAME[variant].engine_url("postgresql://u:p@h/x?sslmode=require")
    assert url.render_as_string(hide_password=False) == expected


async def test_what_cannot_be_measured_is_named_without_a_password() -> None:
    url = "postgresql://u:secret@127.0.0.1:9/x"
    orders = Orders({"0": url}, ["psycopg2, bare"], [1], 1, 0.01, "asyncio")
    async with Measuring(WORKER) as measuring:
        with pytest.raises(MeasuringError, match=r"^psycopg2, bare: ") as caught:
            _ = [message async for message in measuring.messages(orders)]
    assert "secret" not in str(caught.value)


async def test_a_wrong_option_is_explained(start: Start) -> None:
    finished = await (await start("bench", "--json", "none/such.json")).finish()
    assert finished.code == 2
    assert "there is no folder" in finished.err

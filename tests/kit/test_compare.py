"""``port-kit compare`` from the outside."""

import asyncio
import json
import random
import signal
import socket
import sys
from dataclasses import dataclass
from importlib.resources import files
from operator import itemgetter
from pathlib import Path
from typing import Any

import psutil
import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from migration_guide.kit.cli import cli
from migration_guide.kit.lab import network
from migration_guide.kit.lab.faults import FAULTS, TOUR
from migration_guide.kit.lab.topology import pooled
from migration_guide.kit.lab.waiting import wait_until

from .conftest import PORT_KIT, Finished, Running, Start, alive

pytestmark = pytest.mark.once

SCHEMA = json.loads(files("migration_guide.kit.report").joinpath("compare.schema.json").read_text())


def validator(schema: dict[str, Any]) -> Draft202012Validator:
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


CELL = ("fault", "stack", "profile")


@dataclass(frozen=True)
class Two:
    whole: Finished
    broken: Finished
    left: list[Path]
    run: Path
    history: list[dict[str, Any]]
    broken_run: Path


@pytest.fixture(scope="module")
async def two(start: Start) -> Two:
    """Two runs at once: a whole one as JSON, and one without the pre-ping.

    The shell's environment is that of someone who works on another database.
    """
    whole = await start(
        *("compare", "--only", "idle-terminated", "--json", "-", "--seed", "7"),
        DATABASE_URL="postgresql://u:secret@127.0.0.1:9/production",
        PGAPPNAME="shell",
        PGPORT="9",
        PGSSLMODE="require",
        SQLALCHEMY_ENGINE_OPTIONS="nonsense",
    )
    broken = await start(
        *("compare", "--only", "idle-terminated", "--profile", "same-settings", "--seed", "8"),
        *("--without", "pool_pre_ping"),
    )
    finished = await whole.finish(), await broken.finish()
    run, other = (running.home / "runs" / "latest" for running in (whole, broken))
    history = (run / "history.ndjson").read_text().splitlines()
    return Two(
        *finished,
        left=[*whole.left(), *broken.left()],
        run=run,
        history=[json.loads(line) for line in history],
        broken_run=other,
    )


def test_one_fault_is_compared_and_told_as_json(two: Two) -> None:
    document = json.loads(two.whole.out)
    validator(SCHEMA).validate(document)
    assert two.whole.code == 0, two.whole.err
    none = dict.fromkeys(("failed", "skipped", "inconclusive", "no_verdict"), 0)
    assert document["claims"] == {"held": 6, **none}
    assert document["run"]["seed"] == 7
    assert document["run"]["interrupted"] is False
    cells = {(cell["stack"], cell["profile"]): cell for cell in document["cells"]}
    for stack in ("flask", "quart"):
        assert cells[stack, "bare"]["failed_after"] > 0
        assert cells[stack, "same-settings"]["failed"] == 0


def test_the_history_has_every_request(two: Two) -> None:
    cells = json.loads(two.whole.out)["cells"]
    for cell in cells:
        mine = [line for line in two.history if all(line[key] == cell[key] for key in CELL)]
        assert len(mine) > cell["sent"], "those before the fault as well"
        assert sum(line["outcome"] == "failed" for line in mine) >= cell["failed"]
        assert all(line["start_s"] <= line["end_s"] for line in mine)
        during = [line for line in mine if line["start_s"] >= cell["struck_s"]]
        assert len(during) >= cell["sent"], "both are told in seconds of the run"
        orders = [line for line in mine if line["kind"] == "create-order"]
        assert all(line["reference"] for line in orders)
    history = sorted(two.history, key=itemgetter("start_s"))  # it is told at their end
    both = [
        [line["kind"] for line in history if (line["stack"], line["profile"]) == (stack, "bare")]
        for stack in ("flask", "quart")
    ]
    assert both[0][:20] == both[1][:20], "both stacks are asked the same"


def test_the_table_goes_where_the_json_does_not(two: Two) -> None:
    assert "Claims: 6 held" in two.whole.err
    assert "Claims" not in two.whole.out


def test_the_database_of_the_shell_is_not_touched(two: Two) -> None:
    assert two.whole.code == 0
    assert "secret" not in two.whole.out + two.whole.err


def test_a_claim_that_fails_is_named_and_ends_with_1(two: Two) -> None:
    assert two.broken.code == 1, two.broken.err
    assert "FAILED" in two.broken.out
    for stack in ("flask", "quart"):
        assert f"idle-terminated / {stack} / same-settings: FAILED" in two.broken.err
    assert "the claim failed: 1 of 20 requests failed; expected: no request" in two.broken.out
    assert "2 of 2 cells did not do what was claimed." in two.broken.out
    assert "Claims: 0 held, 2 failed" in two.broken.out


def test_a_regression_is_named_and_ends_with_1(two: Two) -> None:
    done = CliRunner().invoke(cli, ["report", str(two.run), str(two.broken_run)])
    assert done.exit_code == 1, done.output
    both = "flask / same-settings and quart / same-settings"
    assert f"The settings of {both}: pool_pre_ping: True, now not set" in done.output
    for stack in ("flask", "quart"):
        assert (
            f"idle-terminated / {stack} / same-settings: no request lost, now 1 of" in done.output
        )
    same = CliRunner().invoke(cli, ["report", str(two.run), str(two.run)])
    assert same.exit_code == 0, "the control"


def test_nothing_is_left_of_two_runs_at_once(two: Two) -> None:
    assert two.left == []


def test_the_schema_refuses_what_was_not_measured_as_a_figure() -> None:
    """The control of the test above."""
    skipped: dict[str, object] = dict.fromkeys(SCHEMA["$defs"]["cell"]["required"])
    skipped |= {"fault": "x", "stack": "quart", "profile": "bare", "status": "skipped"}
    skipped |= {"reason": "why", "claim": "what", "seconds": 0}
    cell = validator({"$ref": "#/$defs/cell", "$defs": SCHEMA["$defs"]})
    assert cell.is_valid(skipped)
    assert not cell.is_valid(skipped | {"sent": 0})
    assert not cell.is_valid(skipped | {"reason": None})
    assert not cell.is_valid(skipped | {"status": "ran"})
    assert not cell.is_valid(skipped | {"surprise": 1})


@pytest.mark.parametrize(
    ("fault", "servers"),
    [
        ("black-hole-idle", 0),
        ("black-hole-idle", 3),
        ("failover", 4),
        pytest.param(
            "nat-idle-drop",
            3,
            marks=pytest.mark.skipif(bool(network.missing()), reason=str(network.missing())),
        ),
    ],
    ids=["starting", "in a cell", "with a standby", "with namespaces"],
)
async def test_interrupted_it_leaves_nothing(start: Start, fault: str, servers: int) -> None:
    """Both signals at the same moment of two runs, which do not disturb each other either."""
    await asyncio.gather(
        _interrupt(start, fault, signal.SIGINT, 130, servers),
        _interrupt(start, fault, signal.SIGTERM, 143, servers),
    )


async def test_killed_at_any_moment_it_leaves_what_it_has_seen(
    start: Start, request: pytest.FixtureRequest
) -> None:
    """It can do nothing any more; what is in its folder is all that there is."""
    for seed in range(request.config.getoption("--kills")):
        dice = random.Random(seed)  # noqa: S311 -- reproducible
        running = await start("compare", "--only", "black-hole-idle", "--only", "reset-peer")
        await running.until("Starting PostgreSQL")
        await asyncio.sleep(dice.uniform(0, 20))  # the moment is what is drawn
        processes = running.descendants()
        running.process.kill()
        await running.finish()
        await _until_gone(running, processes)
        assert_opens(running.home / "runs" / "latest")


async def _until_gone(running: Running, processes: list[psutil.Process]) -> None:
    def gone() -> bool:
        return not alive(processes) and running.left() == []

    await wait_until(gone, deadline_s=20, what="processes and folders to be gone")


def assert_opens(run: Path) -> None:
    """A run that was killed is rendered, and says what is missing; one without a start is none."""
    if not run.exists():
        return
    done = CliRunner().invoke(cli, ["report", str(run), "--json", "-"])
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document["run"]["interrupted"] is True
    assert document["watch"][0].startswith("Interrupted: ")
    page = run / "report.html"
    done = CliRunner().invoke(cli, ["report", str(run), "--html", str(page)])
    assert done.exit_code == 0, done.output
    assert "Interrupted" in page.read_text()


async def _interrupt(
    start: Start, fault: str, signum: signal.Signals, code: int, servers: int
) -> None:
    # As a script's background job, which a shell starts with SIGINT ignored.
    script = ("/bin/sh", "-c", '"$0" "$@" & child=$!; echo $child; wait $child')
    faults = ("--only", fault, "--stack", "quart")
    running = await start(*PORT_KIT, "compare", *faults, command=script)
    await running.until("Starting PostgreSQL")
    await wait_until(
        lambda: len(running.listeners()) >= servers,
        deadline_s=75,  # in namespaces the third comes after the first cell
        what=f"{servers} servers",
    )
    processes, ports = running.descendants(), running.listeners()
    (job,) = [process for process in processes if process.pid == int(running.out.split()[0])]
    job.send_signal(signum)
    done = await running.finish(deadline_s=30)
    assert done.code == code, done.err
    assert "Traceback" not in done.err
    assert alive(processes) == []
    assert running.left() == []
    assert_partial(running.home)
    for port in ports:
        with socket.socket() as client:
            assert client.connect_ex(("127.0.0.1", port)) != 0


def assert_partial(home: Path) -> None:
    """What was done so far is kept and says that it is not all; without a start nothing is."""
    runs = home / "runs"
    if not (runs / "latest").exists():
        assert not [folder for folder in runs.iterdir() if folder.is_dir()]
        return
    document = json.loads((runs / "latest" / "results.json").read_text())
    validator(SCHEMA).validate(document)
    assert document["run"]["interrupted"] is True
    assert document["missing"]
    assert document["watch"][0].startswith("Interrupted: ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--only", "idle-terminatd"), "Did you mean idle-terminated?"),
        (("--stack", "django"), "'django' is not one of"),
        (("--profile", "hardend"), "is not one of"),
        (("--json", "no/such/folder/x.json"), "no/such/folder"),
        (("--seed", "-1"), "-1 is not in the range"),
        (("--out", "pyproject.toml/x"), "The run cannot be kept in pyproject.toml/x"),
        (("--out", "tests"), "tests is not empty"),
        (("--without", "pool_size"), "'pool_size' is not one of"),
        (("--all", "--only", "reset-peer"), "--all, --only and --random exclude each other"),
        (("--all", "--random", "2"), "--all, --only and --random exclude each other"),
        (("--random", "0"), "0 is not in the range"),
        (("--allow-faults",), "--allow-faults goes with --server"),
        (("--server", "sqlite://"), "must be a postgresql:// URL"),
        (("--server", "nonsense"), "not a URL of the form"),
        (("--server", "postgresql://h/x?sslmode=verify-full"), "sslmode must be one of"),
        (("--server", "postgresql://h/x?options=-cx"), "the parameter 'options'"),
        (("surprise",), "unexpected extra argument"),
    ],
)
def test_a_wrong_call_is_explained_and_ends_with_2(
    arguments: tuple[str, ...], message: str
) -> None:
    done = CliRunner().invoke(cli, ["compare", *arguments])
    assert done.exit_code == 2
    assert message in done.stderr


async def test_a_server_that_does_not_answer_is_named_without_its_password(start: Start) -> None:
    url = "postgresql://u:secret@127.0.0.1:9/x"
    done = await (await start("compare", "--server", url)).finish()
    assert done.code == 2
    assert "No session on 127.0.0.1:9" in done.err
    assert "secret" not in done.err
    assert "Traceback" not in done.err


def test_the_list_tells_each_fault_with_its_claims() -> None:
    done = CliRunner().invoke(cli, ["compare", "--list"])
    assert done.exit_code == 0
    for name in FAULTS:
        assert f"\n{name}: " in f"\n{done.output}"
    assert done.output.count("(in the short tour)") == len(TOUR)
    assert "quart same-settings: requests hang until the fault is healed" in done.output


def test_the_list_tells_what_is_missing_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pooled, "find_pgbouncer", lambda: None)
    done = CliRunner().invoke(cli, ["compare", "--list", "--only", "pooler"])
    assert "skipped here: needs PgBouncer: apt-get install pgbouncer" in done.output
    assert done.output.startswith("pooler: ")
    assert "reset-peer" not in done.output


def test_a_random_schedule_is_listed_and_drawn_again() -> None:
    arguments = ["compare", "--random", "2", "--seed", "5", "--seconds", "10", "--list"]
    first, second = (CliRunner().invoke(cli, arguments).output for _ in range(2))
    assert first == second
    assert first.count("random-5: ") == first.count("random-6: ") == 1


async def test_without_the_extra_it_says_what_to_install(start: Start) -> None:
    # A process in which the packages of the extra cannot be found.
    block = (
        "import sys, importlib.util as u; real = u.find_spec;"
        "u.find_spec = lambda name, *a: None if name in ('flask', 'rich') else real(name, *a);"
        "import runpy; runpy.run_module('migration_guide', run_name='__main__')"
    )
    done = await (await start(command=(sys.executable, "-c", block))).finish()
    assert done.code == 2
    assert done.err == "port-kit needs flask, rich: pip install 'async-port-kit[lab]'\n"

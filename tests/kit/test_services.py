"""``port-kit compare --services``: services that are not the kit's, by their TOML file alone."""

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from aiohttp import web
from click.testing import CliRunner

from migration_guide.kit.cli import cli
from migration_guide.kit.lab.own.config import Config, ConfigError, Service, load
from migration_guide.kit.lab.own.faults import FAULTS
from migration_guide.kit.lab.own.placeholders import PlaceholderError, fill, values
from migration_guide.kit.lab.own.service import free_port
from migration_guide.kit.lab.server import Server

from .conftest import Finished, Running, Start, alive
from .test_compare import SCHEMA, validator

NOTES = Path(__file__).parents[1] / "services" / "notes.toml"
PATH = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))


PAGE = Path(__file__).parents[2] / "migration_guide" / "your-own-services.md"


async def begin(
    start: Start, server: Server, database: str, *arguments: str, **env: str
) -> Running:
    return await start(
        *("compare", "--services", str(NOTES), *arguments),
        NOTES_SERVER=server.url(database),
        PATH=PATH,
        **env,
    )


async def compare(
    start: Start, server: Server, database: str, *arguments: str, **env: str
) -> tuple[Finished, dict[str, Any]]:
    running = await begin(start, server, database, "--json", "-", *arguments, **env)
    done = await running.finish()
    assert running.left() == [], done.err
    assert "Traceback" not in done.err
    document = json.loads(done.out) if done.out else {}
    return done, document


def figures(document: dict[str, Any], name: str) -> dict[tuple[str, str], Any]:
    return {(cell["stack"], cell["fault"]): cell[name] for cell in document["cells"]}


async def test_they_are_compared_and_reported_like_the_kits_own(
    start: Start, server: Server, empty_database: str
) -> None:
    faults = ("--only", "reset-peer", "--only", "black-hole-idle")
    done, document = await compare(start, server, empty_database, *faults)
    assert done.code == 1, done.err
    validator(SCHEMA).validate(document)
    held = figures(document, "held")
    assert held == {
        ("before", "reset-peer"): True,
        ("after", "reset-peer"): True,
        # Nothing in either gives the question to a silent connection a deadline.
        ("before", "black-hole-idle"): False,
        ("after", "black-hole-idle"): False,
    }
    assert all(
        count > 0 for (_, name), count in figures(document, "hung").items() if "hole" in name
    )
    assert document["run"]["services"]["after"].endswith("notes_quart:app")
    assert figures(document, "lost_writes")["after", "reset-peer"] is None, "not measured"
    assert figures(document, "leaked_connections")["after", "reset-peer"] == 0
    password = server.url(empty_database).partition("@")[0].rpartition(":")[2]
    assert password not in done.out + done.err


async def test_without_a_ping_the_same_fault_costs_a_request(
    start: Start, server: Server, empty_database: str
) -> None:
    """The control."""
    done, document = await compare(
        start, server, empty_database, "--only", "reset-peer", PING="off"
    )
    assert done.code == 1
    failed = figures(document, "failed")
    assert failed["before", "reset-peer"] > 0
    assert failed["after", "reset-peer"] == 0


async def test_what_ends_sessions_needs_leave_and_touches_only_theirs(
    start: Start, server: Server, empty_database: str
) -> None:
    faults = ("--only", "idle-terminated", "--only", "service-restarted")
    done, document = await compare(start, server, empty_database, *faults)
    assert done.code == 0
    assert {cell["status"] for cell in document["cells"]} == {"skipped"}
    assert {cell["reason"] for cell in document["cells"]} == {
        "ends sessions, servers or services: needs --allow-faults"
    }
    bystander = await asyncpg.connect(server.url(empty_database))
    try:
        done, document = await compare(
            start, server, empty_database, *faults, "--allow-faults", PING="off"
        )
        assert await bystander.fetchval("SELECT 1") == 1
    finally:
        await bystander.close()
    failed = figures(document, "failed")
    assert failed["before", "idle-terminated"] > 0, "its sessions were ended: it does not ping"
    assert failed["after", "idle-terminated"] == 0
    assert figures(document, "recovered")["after", "service-restarted"] is True


async def test_one_that_runs_already_is_left_running(
    start: Start, server: Server, empty_database: str, tmp_path: Path
) -> None:
    port = free_port()
    async with asks_through(server, empty_database, port) as url:
        file = tmp_path / "mine.toml"
        file.write_text(
            f"""
            faults = ["latency"]
            [database]
            url = "{server.url(empty_database)}"
            [services.mine]
            url = "{url}"
            listen = "127.0.0.1:{port}"
            health = "/health"
            probes = ["/"]
            """
        )
        running = await start("compare", "--services", str(file), "--json", "-")
        done = await running.finish()
        assert done.code == 0, done.err
        (cell,) = json.loads(done.out)["cells"]
        slower = cell["latency_during"]["median_s"] - cell["latency_before"]["median_s"]
        assert slower > 0.05, "its requests pass the proxy"


@asynccontextmanager
async def asks_through(server: Server, database: str, port: int) -> AsyncIterator[str]:
    """A service that asks the database by way of what listens on *port*."""

    async def ask(_: web.Request) -> web.StreamResponse:
        connection = await asyncpg.connect(server.url(database, via=("127.0.0.1", port)))
        try:
            return web.json_response(await connection.fetchval("SELECT 1"))
        finally:
            await connection.close()

    async def health(_: web.Request) -> web.StreamResponse:
        return web.Response()

    app = web.Application()
    app.add_routes([web.get("/", ask), web.get("/health", health)])
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
async def test_interrupted_it_leaves_nothing(
    start: Start, server: Server, empty_database: str, signum: signal.Signals, code: int
) -> None:
    running = await begin(start, server, empty_database, "--only", "black-hole-all")
    await running.until_runs("notes_quart:app", deadline_s=30)
    processes = running.descendants()
    running.process.send_signal(signum)
    done = await running.finish(deadline_s=30)
    assert done.code == code, done.err
    assert alive(processes) == []
    assert running.left() == []


def test_a_dry_run_tells_what_would_be_done_and_starts_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    # Nothing listens there: had it been asked, that would be an error.
    monkeypatch.setenv("NOTES_SERVER", "postgresql://me:geheim@127.0.0.1:9/notes")
    done = CliRunner().invoke(cli, ["compare", "--services", str(NOTES), "--dry-run"])
    assert done.exit_code == 0, done.output
    for text in (
        "before: a proxy on 127.0.0.1:PORT before its database on 127.0.0.1:9",
        "python -m hypercorn --bind 127.0.0.1:PORT notes_quart:app",
        "NOTES_DB=postgresql+psycopg2://USER:***@127.0.0.1:PROXY/notes",
        "20 requests a second, in turn: GET /notes (2xx), POST /notes (204)",
        "reset-peer: TCP RST on every idle connection: no request fails or hangs",
        "Only with --allow-faults: idle-terminated, server-restart, server-crash",
    ):
        assert text in done.output
    assert "geheim" not in done.output
    assert list(tmp_path.iterdir()) == []


SERVICE = '[services.a]\ncommand = "run {database_url}"\nhealth = "/"\nprobes = ["/"]\n'
DATABASE = '[database]\nurl = "postgresql://u:geheim@127.0.0.1/x"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[services", "is not TOML: Expected ']'"),
        ("", "services: Field required"),
        (SERVICE, "services.a: there is no [database], and it has none either"),
        (
            DATABASE + SERVICE.replace("health", "helth"),
            "line 5: services.a.helth: Extra inputs are not permitted",
        ),
        (DATABASE + SERVICE + 'url = "http://127.0.0.1:1"\n', "needs either command or url"),
        (
            DATABASE
            + SERVICE.replace('command = "run {database_url}"', 'url = "http://127.0.0.1"'),
            "url and listen go together",
        ),
        (DATABASE + SERVICE.replace('["/"]', "[]"), "line 6: services.a.probes"),
        (DATABASE + SERVICE.replace('["/"]', '["GO /"]'), "line 6: services.a.probes.0.method"),
        (
            DATABASE.replace("postgresql", "mysql") + SERVICE,
            "line 2: database.url: must be a postgresql:// URL",
        ),
        (
            DATABASE.replace("127.0.0.1", "db.example") + SERVICE,
            "on db.example, which is not this machine: if it may be disturbed, name it: allow_h",
        ),
        (
            DATABASE + SERVICE.replace("{database_url}", "${NO_SUCH_VARIABLE}"),
            "services.a.command names the variable NO_SUCH_VARIABLE, which is not set",
        ),
        (
            DATABASE + SERVICE.replace("{database_url}", "{database_uri}"),
            "services.a: {database_uri} is no placeholder; there are {port}, {database_url}",
        ),
        (DATABASE + SERVICE.replace("{database_url}", "it"), "nothing tells it where its database"),
        ('faults = ["reset-peeer"]\n' + DATABASE + SERVICE, "Did you mean reset-peer?"),
        ("rate = 0\n" + DATABASE + SERVICE, "line 1: rate: Input should be greater than 0"),
    ],
)
def test_what_is_wrong_with_the_file_is_told_with_its_place(
    tmp_path: Path, text: str, message: str
) -> None:
    file = tmp_path / "services.toml"
    file.write_text(text)
    done = CliRunner().invoke(cli, ["compare", "--services", str(file), "--dry-run"])
    assert done.exit_code == 2, done.output
    assert message in done.stderr
    assert str(file) in done.stderr or "services.a: " in done.stderr
    assert "geheim" not in done.output


def test_the_pages_example_is_one_and_it_names_every_key_and_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = PAGE.read_text()
    (example,) = re.findall(r"```toml\n(.*?)```", page, flags=re.DOTALL)
    file = tmp_path / "services.toml"
    file.write_text(example)
    monkeypatch.setenv("STAGING_DATABASE_URL", "postgresql://u:p@127.0.0.1/app")
    done = CliRunner().invoke(cli, ["compare", "--services", str(file), "--dry-run"])
    assert done.exit_code == 0, done.output
    keys = {*Config.model_fields, *Service.model_fields} - {"services"}
    assert [key for key in keys if f"`{key}`" not in page and f"{key}`" not in page] == []
    assert [name for name in FAULTS if f"`{name}`" not in page] == []


def test_a_host_that_is_named_may_be_reached(tmp_path: Path) -> None:
    file = tmp_path / "services.toml"
    text = DATABASE.replace("127.0.0.1", "db.example") + SERVICE
    file.write_text(text)
    with pytest.raises(ConfigError, match=r"db\.example"):
        load(file)
    file.write_text('allow_hosts = ["db.example"]\n' + text)
    assert load(file)[0].database_of("a").address == ("db.example", 5432)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--services", "no-such.toml"), "does not exist"),
        (("--dry-run",), "--dry-run goes with --services"),
        (("--services", str(NOTES), "--all"), "only --only goes with --services"),
        (("--services", str(NOTES), "--stack", "quart"), "only --only goes with --services"),
    ],
)
def test_a_wrong_call_is_explained_and_ends_with_2(
    arguments: tuple[str, ...], message: str
) -> None:
    done = CliRunner().invoke(cli, ["compare", *arguments])
    assert done.exit_code == 2
    assert message in done.stderr


async def test_a_service_that_does_not_start_is_named_with_its_log(
    start: Start, server: Server, empty_database: str, tmp_path: Path
) -> None:
    file = tmp_path / "services.toml"
    program = "import os, sys; sys.exit('no luck with ' + os.environ['DB'])"
    file.write_text(
        f"""
        [database]
        url = "{server.url(empty_database)}"
        [services.mine]
        command = ["{sys.executable}", "-c", "{program}"]
        environment = {{ DB = "{{database_url}}" }}
        health = "/"
        probes = ["/"]
        """
    )
    done = await (await start("compare", "--services", str(file))).finish()
    assert done.code == 2
    assert "The mine service ended with exit code 1 while starting." in done.err
    assert "no luck with postgresql://postgres:***@127.0.0.1" in done.err


def test_placeholders_are_filled_in_and_other_braces_left_alone() -> None:
    from sqlalchemy import make_url

    known = values(8000, make_url("postgresql://u:p%40w@127.0.0.1:5433/x"))
    assert fill("{port} {database_port} {database_password}", known) == "8000 5433 p@w"
    assert fill("{database_url:postgresql+asyncpg}", known).startswith(
        "postgresql+asyncpg://u:p%40w@"
    )
    assert fill('{"a": 1} {} ${X}', known) == '{"a": 1} {} ${X}'
    with pytest.raises(PlaceholderError, match="no placeholder"):
        fill("{port:x}", known)


async def test_two_at_once_do_not_collide(
    start: Start, server: Server, empty_database: str
) -> None:
    runs = [
        await begin(start, server, empty_database, "--only", "peer-closed", "--seed", "1")
        for _ in range(2)
    ]
    done = await asyncio.gather(*(running.finish() for running in runs))
    assert [one.code for one in done] == [0, 0], [one.err for one in done]

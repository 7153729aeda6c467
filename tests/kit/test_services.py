"""``port-kit compare --services``: services that are not the kit's, by their TOML file alone."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from aiohttp import web

from migration_guide.kit.lab.own.service import free_port
from migration_guide.kit.lab.proxy import FaultProxy
from migration_guide.kit.lab.server import Server

from .conftest import Finished, Running, Start, alive
from .test_compare import SCHEMA, validator

pytestmark = pytest.mark.once

NOTES = Path(__file__).parents[1] / "services" / "notes.toml"
PATH = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))


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
    assert done.code == 3, "nothing was judged"
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
            url = "{url.replace("//", "//me:${{API_TOKEN}}@")}"
            listen = "127.0.0.1:{port}"
            health = "/health"
            probes = ["/?key=${{API_TOKEN}}", "/?key=${{API_TOKEN}}", "/?password=offen"]
            """
        )
        run = tmp_path / "run"
        running = await start(
            *("compare", "--services", str(file), "--json", "-", "--out", str(run)),
            API_TOKEN="geheim",
        )
        done = await running.finish()
        assert done.code == 0, done.err
        (cell,) = json.loads(done.out)["cells"]
        slower = cell["latency_during"]["median_s"] - cell["latency_before"]["median_s"]
        assert slower > 0.05, "its requests pass the proxy"
        history = (run / "history.ndjson").read_text()
        kinds = {json.loads(line)["kind"] for line in history.splitlines()}
        assert kinds == {
            "GET /?key=${API_TOKEN}",
            "GET /?key=${API_TOKEN} #2",
            "GET /?password=***",
        }
        told = json.loads(done.out)["run"]["services"]["mine"]
        assert told.startswith("runs at http://me:***@127.0.0.1:")
        kept = "".join(one.read_text() for one in run.iterdir()) + done.out + done.err
        assert "geheim" not in kept
        assert "offen" not in kept


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


def notes_alone(file: Path, database: str, reached_at: str) -> Path:
    """A file for the notes service whose database is at *reached_at*."""
    file.write_text(
        f"""
        [database]
        url = "{database}"
        [services.notes]
        command = "python -m hypercorn --bind 127.0.0.1:{{port}} notes_quart:app"
        folder = "{NOTES.parent}"
        environment = {{ NOTES_DB = "{reached_at}", ELSE = "{{database_url}}" }}
        health = "/ping"
        probes = ["GET /notes"]
        """
    )
    return file


async def one_cell(start: Start, file: Path, *arguments: str) -> dict[str, Any]:
    running = await start(
        *("compare", "--services", str(file), "--json", "-", *arguments), PATH=PATH
    )
    done = await running.finish()
    (cell,) = json.loads(done.out)["cells"]
    assert done.code == (0 if cell["held"] else 3), done.err
    found: dict[str, Any] = cell
    return found


async def test_who_reaches_the_database_past_the_proxy_is_shown_nothing(
    start: Start, server: Server, empty_database: str, tmp_path: Path
) -> None:
    database = server.url(empty_database)
    past = notes_alone(tmp_path / "past.toml", database, database)
    cell = await one_cell(start, past, "--only", "reset-peer")
    assert cell["status"] == "inconclusive"
    assert "no probe has asked the database by way of the proxy" in cell["reason"]
    by_way = notes_alone(tmp_path / "by-way.toml", database, "{database_url}")
    cell = await one_cell(start, by_way, "--only", "reset-peer")
    assert cell["held"] is True, "the control"


async def test_sessions_that_the_server_sees_from_elsewhere_are_not_taken_for_ended(
    start: Start, server: Server, empty_database: str, tmp_path: Path
) -> None:
    """As behind a network that translates addresses; then nothing is known of transactions."""
    with FaultProxy(server.host, server.port) as between:
        database = server.url(empty_database, via=(between.host, between.port))
        file = notes_alone(tmp_path / "services.toml", database, "{database_url}")
        cell = await one_cell(start, file, "--only", "idle-terminated", "--allow-faults")
        assert cell["status"] == "inconclusive"
        assert "the server does not see the proxy's connections as such" in cell["reason"]
        cell = await one_cell(start, file, "--only", "reset-peer")
        assert (cell["held"], cell["leaked_connections"]) == (True, None)


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


async def test_two_at_once_do_not_collide(
    start: Start, server: Server, empty_database: str
) -> None:
    runs = [
        await begin(start, server, empty_database, "--only", "peer-closed", "--seed", "1")
        for _ in range(2)
    ]
    done = await asyncio.gather(*(running.finish() for running in runs))
    assert [one.code for one in done] == [0, 0], [one.err for one in done]

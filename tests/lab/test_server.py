"""A server that the user names: what the lab may do with it, and what it leaves alone."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import asyncpg
import pytest

from migration_guide.kit.lab.faults import FAULTS
from migration_guide.kit.lab.postgres import EmbeddedPostgres
from migration_guide.kit.lab.runner import Lab
from migration_guide.kit.lab.server import Server, ServerError, external
from migration_guide.kit.lab.waiting import wait_until


@pytest.fixture(scope="module")
async def theirs() -> AsyncIterator[EmbeddedPostgres]:
    """A server that the lab did not start, from its point of view."""
    async with EmbeddedPostgres() as postgres:
        yield postgres


@pytest.fixture
async def restarted() -> AsyncIterator[EmbeddedPostgres]:
    """Another, which the lab may stop and start again."""
    async with EmbeddedPostgres() as postgres:
        pid_file = postgres.folder / "data" / "postmaster.pid"
        yield postgres
        with suppress(FileNotFoundError):
            postmaster = int(await asyncio.to_thread(_first_line, pid_file))
            if not postgres.running:  # started again by the lab: no child of ours
                os.kill(postmaster, signal.SIGINT)
                await wait_until(
                    lambda: not pid_file.exists(), deadline_s=10, what="the server to stop"
                )


def _first_line(file: Path) -> str:
    return file.read_text().splitlines()[0]


async def databases(postgres: EmbeddedPostgres) -> set[str]:
    connection = await postgres.connect()
    try:
        rows = await connection.fetch("SELECT datname FROM pg_database")
    finally:
        await connection.close()
    return {row["datname"] for row in rows}


async def test_a_cell_runs_in_a_database_of_its_own_that_is_dropped(
    theirs: EmbeddedPostgres,
) -> None:
    before = await databases(theirs)
    async with external(theirs.url(), allow_faults=False) as server, Lab(server) as lab:
        cell = await lab.run_cell(FAULTS["peer-closed"], "quart", "bare", seed=1)
        assert cell.held, cell
        assert len(await databases(theirs)) == len(before) + 1
    assert await databases(theirs) == before


async def test_without_leave_the_server_is_not_stopped(theirs: EmbeddedPostgres) -> None:
    async with external(theirs.url(), allow_faults=False) as server, Lab(server) as lab:
        cell = await lab.run_cell(FAULTS["server-restart"], "quart", "bare", seed=1)
        assert (cell.status, cell.held) == ("skipped", None)
        assert cell.reason == "faults on a server of yours need --allow-faults"
        with pytest.raises(ServerError, match="--allow-faults"):
            await server.restart("fast")
    assert theirs.running


@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_with_leave_a_local_server_is_restarted(
    restarted: EmbeddedPostgres, mode: str
) -> None:
    async with external(restarted.url(), allow_faults=True) as server:
        assert server.cannot_stop is None
        before = await started(server)
        await server.restart(mode)  # type: ignore[arg-type]
        assert await started(server) > before


async def started(server: Server) -> datetime:
    async with server.connect() as connection:
        moment: datetime = await connection.fetchval("SELECT pg_postmaster_start_time()")
        return moment


async def test_only_sessions_of_the_given_name_are_ended(theirs: EmbeddedPostgres) -> None:
    async with external(theirs.url(), allow_faults=False) as server:
        mine = await theirs.connect(application_name="mine")
        other = await theirs.connect(application_name="other")
        try:
            await server.terminate_sessions("mine")
            assert await other.fetchval("SELECT 1") == 1
            with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)):
                await mine.fetchval("SELECT 1")
        finally:
            await other.close()
            mine.terminate()


async def test_a_role_that_may_not_create_databases_is_refused(theirs: EmbeddedPostgres) -> None:
    connection = await theirs.connect()
    await connection.execute("CREATE ROLE plain LOGIN PASSWORD 'secret'")
    await connection.close()
    url = f"postgresql://plain:secret@{theirs.host}:{theirs.port}/postgres"
    with pytest.raises(ServerError, match="CREATEDB") as failure:
        async with external(url, allow_faults=False):
            pass
    assert "secret" not in str(failure.value)

"""The settings that several-machines.md shows, run as they stand there, addresses aside."""

import configparser
import json
import re
import shlex
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import URL, make_url

import migration_guide
from migration_guide.kit.lab.load import MIX, Load
from migration_guide.kit.lab.pooler import PgBouncer, find_pgbouncer
from migration_guide.kit.lab.server import Server
from migration_guide.kit.lab.service import Service

needs_pgbouncer = pytest.mark.skipif(
    find_pgbouncer() is None, reason="there is no program pgbouncer on this machine"
)

PAGE = Path(migration_guide.__file__).with_name("several-machines.md").read_text()
MACHINES, WORKERS = 3, 4
ROOM = 97


def block(language: str) -> str:
    """The page's only block in the language."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return str(found)


SETTINGS = dict(setting.split("=", 1) for setting in shlex.split(block("sh")))
OPTIONS: dict[str, Any] = json.loads(SETTINGS["SQLALCHEMY_ENGINE_OPTIONS"])


def pooler_settings() -> configparser.ConfigParser:
    ini = configparser.ConfigParser(interpolation=None)
    ini.read_string(block("ini"))
    return ini


class PagesPgBouncer(PgBouncer):
    """Runs with the page's file, but for addresses, names and paths."""

    def __init__(self, server_url: str, **more: str) -> None:
        super().__init__(server_url, pool_size=0)
        self._more = more

    def _configure(self, folder: Path) -> Path:
        file = super()._configure(folder)
        server, ini = self._server, pooler_settings()
        ini["databases"]["desk"] = f"host={server.host} port={server.port} dbname={server.database}"
        address_and_paths = {
            "listen_addr": self.host,
            "listen_port": str(self.port),
            "auth_file": str(folder / "users"),
            "logfile": str(folder / "log"),
        }
        ini["pgbouncer"].update(address_and_paths | self._more)
        with file.open("w") as out:
            ini.write(out)
        return file

    def page_url(self) -> URL:
        """The page's, with this pooler's address and the lab's account."""
        mine = make_url(self.url())
        return make_url(SETTINGS["DATABASE_URL"]).set(
            username=mine.username, password=mine.password, host=mine.host, port=mine.port
        )


@pytest.fixture
async def pooler(server: Server, database: str) -> AsyncIterator[PagesPgBouncer]:
    async with PagesPgBouncer(server.url(database)) as running:
        yield running


@needs_pgbouncer
async def test_the_pages_settings_serve(
    pooler: PagesPgBouncer, server: Server, database: str, tmp_path: Path
) -> None:
    async with (
        Service(
            "quart",
            pooler.page_url().render_as_string(hide_password=False),
            workers=WORKERS,
            folder=tmp_path,
            environment={
                "SQLALCHEMY_ENGINE_OPTIONS": SETTINGS["SQLALCHEMY_ENGINE_OPTIONS"],
                # The page's is for a balancer that has to notice: nobody waits for that here.
                "DRAIN_S": "0",
            },
        ) as service,
        Load(service.url, rate=1, deadline_s=30, seed=1) as load,
    ):
        await load.log_in()
        load.burst(len(MIX))
        await load.drain()
        assert {request.outcome for request in load.requests} == {"ok"}
        assert await load.get("/orders/export") == 200
        assert await load.get("/health/ready") == 200
        async with server.connect() as connection:
            names = await connection.fetch(
                "SELECT DISTINCT application_name FROM pg_stat_activity"
                # One that the pooler has given to nobody yet bears no client's name.
                " WHERE datname = $1 AND backend_type = 'client backend' AND query <> ''",
                database,
            )
        assert [row["application_name"] for row in names] == ["desk-1"]


@needs_pgbouncer
@pytest.mark.parametrize("more", [{"ignore_startup_parameters": "options"}, {}])
async def test_options_that_the_pooler_ignores_are_lost(
    server: Server, database: str, more: dict[str, str]
) -> None:
    """And, as the control, those that it does not ignore are refused."""
    async with PagesPgBouncer(server.url(database), **more) as pooler:
        url = pooler.page_url().set(query={}).render_as_string(hide_password=False)
        connecting = asyncpg.connect(url, server_settings={"options": "-c statement_timeout=2s"})
        if more:
            connection = await connecting
            assert await connection.fetchval("SHOW statement_timeout") == "0"
            await connection.close()
        else:
            with pytest.raises(asyncpg.ProtocolViolationError):
                await connecting


@needs_pgbouncer
async def test_a_setting_of_the_role_arrives(
    pooler: PagesPgBouncer, server: Server, database: str
) -> None:
    role = make_url(server.url(database)).username
    async with server.connect() as administrator:
        await administrator.execute(
            f'ALTER ROLE "{role}" IN DATABASE "{database}" SET statement_timeout = \'5s\''
        )
        url = pooler.page_url().set(query={}).render_as_string(hide_password=False)
        connection = await asyncpg.connect(url)
        assert await connection.fetchval("SHOW statement_timeout") == "5s"
        await connection.close()


def test_the_pages_numbers_agree_with_each_other() -> None:
    pooler = pooler_settings()["pgbouncer"]
    assert OPTIONS["pool_size"] + OPTIONS["max_overflow"] == 15
    assert MACHINES * WORKERS * 15 == 180 > ROOM
    assert MACHINES * (WORKERS + 1) * 15 == 225 < int(pooler["max_client_conn"])
    assert int(pooler["default_pool_size"]) == int(pooler["max_db_connections"]) < ROOM
    assert OPTIONS["command_timeout"] < int(pooler["query_wait_timeout"])
    assert OPTIONS["ping_timeout"] <= OPTIONS["pool_timeout"] / 2
    assert OPTIONS["pool_recycle"] < min(350, int(pooler["client_idle_timeout"]))


@pytest.mark.parametrize("path", re.findall(r"\]\((\.\.?[^)#]+|[a-z]+\.py)", PAGE))
def test_the_pages_links_lead_somewhere(path: str) -> None:
    assert (Path(migration_guide.__file__).parent / path).exists()

"""One history of the schema, on which both services run."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

import async_app
from migration_guide.kit.lab import demo
from migration_guide.kit.lab.server import Server

ALEMBIC = ("alembic", "-c", str(Path(async_app.__file__).with_name("alembic.ini")))
FLASK = ("flask", "--app", "migration_guide.flask_app.app", "db")
BOTH = pytest.mark.parametrize("tool", [ALEMBIC, FLASK], ids=["alembic", "flask-migrate"])


async def run(server: Server, database: str, *command: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", *command),
        env=os.environ | {"DATABASE_URL": server.url(database), "SECRET_KEY": "k"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


async def tables(server: Server, database: str) -> set[str]:
    async with server.connect(database) as connection:
        rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {row["tablename"] for row in rows}


@BOTH
async def test_either_tool_upgrades_and_the_other_finds_nothing_to_do(
    server: Server, empty_database: str, tool: tuple[str, ...]
) -> None:
    code, output = await run(server, empty_database, *tool, "upgrade", "head")
    assert code == 0, output
    assert {"customers", "orders", "alembic_version"} <= await tables(server, empty_database)
    for other in (ALEMBIC, FLASK):
        code, output = await run(server, empty_database, *other, "check")
        assert code == 0, output  # the models say what the history makes
        code, output = await run(server, empty_database, *other, "current")
        assert "0001 (head)" in output
    code, output = await run(server, empty_database, *tool, "downgrade", "base")
    assert code == 0, output
    assert await tables(server, empty_database) == {"alembic_version"}


@BOTH
async def test_a_model_that_has_no_migration_is_found(
    server: Server, empty_database: str, tool: tuple[str, ...]
) -> None:
    """The control of `check`."""
    await demo.set_up(server.url(empty_database))
    async with server.connect(empty_database) as connection:
        await connection.execute("ALTER TABLE products DROP COLUMN stock")
    code, output = await run(server, empty_database, *tool, "check")
    assert code != 0
    assert "products" in output


@BOTH
async def test_the_history_can_be_had_as_sql(
    server: Server, empty_database: str, tool: tuple[str, ...]
) -> None:
    code, output = await run(server, empty_database, *tool, "upgrade", "head", "--sql")
    assert code == 0, output
    assert "CREATE TABLE customers" in output
    assert await tables(server, empty_database) == set()


async def test_a_wrong_url_is_explained_without_its_password() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", *ALEMBIC, "upgrade", "head"),
        env=os.environ | {"DATABASE_URL": "mysql://u:secret@h/x"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode
    assert b"DATABASE_URL names the driver 'mysql'" in output
    assert b"secret" not in output
    assert b"Traceback" not in output


async def test_a_later_revision_is_refused_and_left_alone(
    server: Server, empty_database: str
) -> None:
    url = server.url(empty_database)
    assert await demo.set_up(url)
    assert not await demo.set_up(url)  # the control: as it is, it is fine
    async with server.connect(empty_database) as connection:
        await connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(demo.SchemaError, match="'9999', which is not known"):
        await demo.set_up(url)


async def test_an_earlier_revision_is_upgraded(server: Server, empty_database: str) -> None:
    await demo.set_up(server.url(empty_database))
    code, output = await run(server, empty_database, *ALEMBIC, "downgrade", "base")
    assert code == 0, output
    await demo.set_up(server.url(empty_database))
    assert "products" in await tables(server, empty_database)

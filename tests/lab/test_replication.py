"""A standby has what the primary acknowledged, and takes its place."""

import asyncpg
import pytest

from migration_guide.kit.lab.postgres import EmbeddedPostgres
from migration_guide.kit.lab.replication import Pair
from tests.lab.machine import ask


async def execute(server: EmbeddedPostgres, *statements: str) -> None:
    connection = await server.connect()
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def test_what_was_acknowledged_is_there_after_the_primary_is_lost() -> None:
    async with Pair() as pair:
        folders = [pair.primary.folder, pair.standby.folder]
        first = pair.primary
        await execute(first, "CREATE TABLE kept (number int)", "INSERT INTO kept VALUES (1)")
        await first.stop("immediate")
        former = await pair.promote_standby()
        assert former is first
        assert await ask(pair.primary, "SELECT number FROM kept") == 1
        # Alone, it waits for nobody; and it can be given a standby again.
        await execute(pair.primary, "INSERT INTO kept VALUES (2)")
        await pair.complete()
        assert not folders[0].exists(), "the former primary's"
        folders.append(pair.standby.folder)
        await pair.complete()
        assert pair.standby.folder == folders[-1], "it was complete"
        await execute(pair.primary, "INSERT INTO kept VALUES (3)")
        assert await ask(pair.standby, "SELECT count(*) FROM kept") == 3
    assert not any(folder.exists() for folder in folders)


async def test_no_commit_is_acknowledged_that_the_standby_has_not() -> None:
    """The control: without the standby, the primary waits for it."""
    async with Pair() as pair:
        await execute(pair.primary, "CREATE TABLE kept (number int)")
        await pair.standby.stop()
        connection = await pair.primary.connect()
        with pytest.raises(TimeoutError):
            await connection.execute("INSERT INTO kept VALUES (1)", timeout=1)
        connection.terminate()


async def test_a_demoted_primary_stays_up_and_refuses_writes() -> None:
    async with Pair() as pair:
        await execute(pair.primary, "CREATE TABLE kept (number int)")
        await pair.demote_primary()
        former = await pair.promote_standby()
        assert await ask(former, "SELECT count(*) FROM kept") == 0
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await execute(former, "INSERT INTO kept VALUES (1)")
        await execute(pair.primary, "INSERT INTO kept VALUES (1)")

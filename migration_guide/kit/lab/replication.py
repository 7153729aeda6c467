"""A primary with a synchronous standby, which can take its place."""

import contextlib
from pathlib import Path

from migration_guide.kit.lab.postgres import EmbeddedPostgres
from migration_guide.kit.lab.processes import Throwaway
from migration_guide.kit.lab.waiting import wait_until

STANDBY = "standby"
_SYNC_S = 10.0
_PROMOTE_S = 10.0


class Standby(EmbeddedPostgres):
    """A copy of a running server (pg_basebackup), which follows it from then on."""

    def __init__(self, primary: EmbeddedPostgres) -> None:
        super().__init__()
        self.password = primary.password
        self._primary = primary

    async def promote(self) -> None:
        """Become a primary; returns when it takes writes.

        Raises:
            TimeoutError: it does not within 10 s.

        """
        connection = await self.connect()
        try:
            await connection.execute(f"SELECT pg_promote(true, {_PROMOTE_S:.0f})")

            async def writable() -> bool:
                return not await connection.fetchval("SELECT pg_is_in_recovery()")

            await wait_until(writable, deadline_s=_PROMOTE_S, what="the standby to be promoted")
        finally:
            await connection.close()

    async def _create_data(self) -> None:
        primary = self._primary
        await self._run_to_its_end(
            *("pg_basebackup", "--pgdata", str(self._data), "--checkpoint", "fast", "--no-sync"),
            *("--write-recovery-conf", "--wal-method", "stream", "--dbname"),
            f"host={primary.host} port={primary.port} user={primary.user}"
            f" application_name={STANDBY}",
            PGPASSWORD=primary.password,
        )
        self._forget_synchronous_standbys(self._data / "postgresql.auto.conf")

    @staticmethod
    def _forget_synchronous_standbys(file: Path) -> None:
        """A promoted standby must not wait for one of its own before it has one."""
        lines = file.read_text().splitlines(keepends=True)
        file.write_text(
            "".join(line for line in lines if not line.startswith("synchronous_standby_names"))
        )


class Pair(Throwaway):
    """A primary and its standby, from ``async with`` to its end."""

    primary: EmbeddedPostgres
    standby: Standby

    def __init__(self) -> None:
        self._servers = contextlib.AsyncExitStack()
        self._former: EmbeddedPostgres | None = None

    async def _start(self) -> None:
        self.primary = await self._servers.enter_async_context(EmbeddedPostgres())
        await self.add_standby()

    async def _dispose(self) -> None:
        await self._servers.aclose()

    async def add_standby(self) -> None:
        """Give the primary a standby, without which from then on it acknowledges no commit.

        Raises:
            TimeoutError: the two are not in step within 10 s.

        """
        self.standby = await self._servers.enter_async_context(Standby(self.primary))
        connection = await self.primary.connect()
        try:
            await connection.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{STANDBY}'")
            await connection.execute("SELECT pg_reload_conf()")

            async def in_step() -> bool:
                state = await connection.fetchval("SELECT sync_state FROM pg_stat_replication")
                return bool(state == "sync")

            await wait_until(in_step, deadline_s=_SYNC_S, what="the standby to be synchronous")
        finally:
            await connection.close()

    async def demote_primary(self) -> None:
        """Let the primary take no more writes, while it stays up: it becomes read-only."""
        connection = await self.primary.connect()
        try:
            await connection.execute("ALTER SYSTEM SET default_transaction_read_only = on")
            await connection.execute("SELECT pg_reload_conf()")
        finally:
            await connection.close()

    async def promote_standby(self) -> EmbeddedPostgres:
        """Let the standby take over; the former primary, which goes on if it still runs."""
        self._former = self.primary
        await self.standby.promote()
        self.primary = self.standby
        return self._former

    async def complete(self) -> None:
        """If the standby was promoted, give it one again; the former primary is done with."""
        if self._former is not None:
            await self._former.__aexit__()
            self._former = None
            await self.add_standby()

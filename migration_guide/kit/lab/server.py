"""The PostgreSQL server of a comparison: an embedded one, or one that the user names."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Literal, Protocol

import asyncpg
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from migration_guide.kit.lab.local_control import LocalControl
from migration_guide.kit.lab.postgres import EmbeddedPostgres
from migration_guide.kit.lab.waiting import finish, wait_until

RestartMode = Literal["fast", "immediate"]

ADMIN = "port-kit"
"""The ``application_name`` of the lab's own sessions; no fault touches them."""

_SSLMODES = ("disable", "allow", "prefer", "require")


CONNECTION_ERRORS = (
    *(OSError, asyncpg.PostgresError, asyncpg.InterfaceError),
    asyncpg.InternalClientError,  # of a session that ends in the middle of an answer
)


class ServerError(RuntimeError):
    """The server cannot be used as asked; the message says why, without the password."""


class Control(Protocol):
    """Whoever can stop the server and start it again."""

    async def restart(self, mode: RestartMode) -> None: ...


class Server:
    """A PostgreSQL server, reached by *url*.

    Args:
        control: what can restart it.
        cannot_stop: why the lab may not, where there is none.
        own: its process, where it is the lab's own; *control* then is the same.

    Attributes:
        cannot_stop: why the lab may not stop it; None where it may.

    """

    def __init__(
        self,
        url: URL,
        *,
        control: Control | None = None,
        cannot_stop: str | None = None,
        own: EmbeddedPostgres | None = None,
    ) -> None:
        # libpq's default, in words, so that PGSSLMODE in the environment changes nothing.
        self._url = url.set(drivername="postgresql").update_query_dict(
            {"sslmode": url.query.get("sslmode", "prefer")}
        )
        self._own = own
        self._control = own or control
        self.cannot_stop = cannot_stop

    @property
    def host(self) -> str:
        return self._url.host or "127.0.0.1"

    @property
    def port(self) -> int:
        return self._url.port or 5432

    @property
    def not_own(self) -> str | None:
        """Why nothing can be done to its processes; None where it is the lab's own."""
        return None if self._own else "needs a server of the lab's own: leave out --server"

    @property
    def own(self) -> EmbeddedPostgres:
        """Its processes.

        Raises:
            ServerError: it is not the lab's own.

        """
        if self._own is None:
            raise ServerError(f"This {self.not_own}.")
        return self._own

    def move(self, own: EmbeddedPostgres) -> None:
        """From now on, the databases are served by another process of the lab's."""
        self._own = self._control = own
        self._url = self._url.set(port=own.port)

    def url(self, database: str, *, via: tuple[str, int] | None = None) -> str:
        """The URL of a database here, by way of what listens at *via* if given."""
        url = self._url.set(database=database)
        if via is not None:
            url = url.difference_update_query(["host", "port"]).set(host=via[0], port=via[1])
        return url.render_as_string(hide_password=False)

    @contextlib.asynccontextmanager
    async def connect(self, database: str | None = None) -> AsyncIterator[asyncpg.Connection]:
        """A session of the lab's own, directly and not through a proxy."""
        connection = await asyncpg.connect(
            self.url(database or self._url.database or "postgres"),
            timeout=10,
            command_timeout=30,
            # What a fault sets for the database does not concern the lab.
            server_settings={
                "application_name": ADMIN,
                "idle_in_transaction_session_timeout": "0",
            },
        )
        try:
            yield connection
        finally:
            with contextlib.suppress(TimeoutError):
                await connection.close(timeout=5)

    async def version(self) -> str:
        async with self.connect() as connection:
            return str(await connection.fetchval("SHOW server_version"))

    @contextlib.asynccontextmanager
    async def database(self, name: str) -> AsyncIterator[str]:
        """An empty database for the block's time; sessions in it bear its name.

        The name is set on the database, so that both drivers have it without a parameter. So do
        the workers of autovacuum there: who looks for sessions by it asks for client backends.
        """
        async with self.connect() as connection:
            await connection.execute(f'CREATE DATABASE "{name}"')
            await connection.execute(f"""ALTER DATABASE "{name}" SET application_name = '{name}'""")
        try:
            yield name
        finally:
            if self._own is None:  # else it goes with the server, which may be down by now
                await finish(self._drop(name))

    async def _drop(self, name: str) -> None:
        try:
            async with self.connect() as connection:
                await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        except CONNECTION_ERRORS as error:
            raise ServerError(
                f"The database {name} could not be dropped; drop it by hand: {error}"
            ) from None

    async def terminate_sessions(
        self, application_name: str, *, older_than: datetime | None = None
    ) -> None:
        """End the sessions that bear the name, and wait until they are gone.

        All of them, or those that began before a moment.
        """
        async with self.connect() as connection:
            rows = await connection.fetch(
                "SELECT pid FROM pg_stat_activity"
                " WHERE application_name = $1 AND backend_type = 'client backend'"
                " AND backend_start < coalesce($2, now())",
                application_name,
                older_than,
            )
        await self.terminate([row["pid"] for row in rows])

    async def terminate(self, pids: Sequence[int]) -> None:
        """End the sessions of these processes, and wait until they are gone."""
        async with self.connect() as connection:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) pid", pids
            )
        await self.until_gone(pids)

    async def until_gone(self, pids: Sequence[int]) -> None:
        """Wait until the sessions of these processes have ended."""
        async with self.connect() as watcher:
            await _until_gone(watcher, pids)

    async def until_answering(self) -> None:
        """Wait until the server takes sessions again."""

        async def answers() -> bool:
            with contextlib.suppress(*CONNECTION_ERRORS):
                async with self.connect():
                    return True
            return False

        await wait_until(answers, deadline_s=10, what="the server to answer")

    @contextlib.asynccontextmanager
    async def full(self) -> AsyncIterator[None]:
        """Every session that the server has room for is taken while the block runs."""
        async with self.connect() as watcher:
            pids = []
            async with contextlib.AsyncExitStack() as taken:
                with contextlib.suppress(asyncpg.TooManyConnectionsError):
                    while True:
                        connection = await taken.enter_async_context(self.connect())
                        pids.append(connection.get_server_pid())
                yield
            await _until_gone(watcher, pids)

    async def restart(self, mode: RestartMode) -> None:
        """Stop the server and start it; returns when it answers."""
        if self._control is None:
            raise ServerError(self.cannot_stop or "This server cannot be stopped.")
        await self._control.restart(mode)


async def _until_gone(watcher: asyncpg.Connection, pids: Sequence[int]) -> None:
    async def gone() -> bool:
        return not await watcher.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE pid = ANY($1::int[])", pids
        )

    await wait_until(gone, deadline_s=5, what="sessions to end")


@contextlib.asynccontextmanager
async def embedded(postgres: EmbeddedPostgres | None = None) -> AsyncIterator[Server]:
    """A server of the lab's own, gone at the end of the block; by default from the wheel."""
    async with postgres or EmbeddedPostgres() as running:
        yield Server(make_url(running.url()), own=running)


@contextlib.asynccontextmanager
async def external(url: str, *, allow_faults: bool) -> AsyncIterator[Server]:
    """A server that the user named.

    Raises:
        ServerError: the URL is wrong, the server does not answer, or may not be used.

    """
    parsed = _parse(url)
    server = Server(parsed, cannot_stop="faults on a server of yours need --allow-faults")
    try:
        async with server.connect() as connection:
            if not await connection.fetchval(
                "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
            ):
                raise ServerError(
                    "The server's role may not create databases. The comparison makes its own:"
                    " grant it CREATEDB."
                )
            if allow_faults:
                control = await LocalControl.of(connection)
                if isinstance(control, str):
                    server.cannot_stop = control
                else:
                    server = Server(parsed, control=control)
    except CONNECTION_ERRORS as error:
        raise ServerError(f"No session on {parsed.host}:{parsed.port or 5432}: {error}") from None
    yield server


def chosen(
    url: str | None, *, allow_faults: bool = False
) -> contextlib.AbstractAsyncContextManager[Server]:
    """The server that the user named, or where none is, one of the lab's own."""
    return embedded() if url is None else external(url, allow_faults=allow_faults)


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url.replace("postgres://", "postgresql://", 1))
    except (ArgumentError, ValueError):
        raise ServerError(
            "--server is not a URL of the form postgresql://user:password@host:port/database"
        ) from None
    if parsed.get_backend_name() != "postgresql" or not parsed.host:
        raise ServerError("--server must be a postgresql:// URL that names a host")
    if unknown := sorted(set(parsed.query) - {"sslmode"}):
        raise ServerError(
            f"--server has the parameter {unknown[0]!r}, which the stock drivers do not share;"
            " only sslmode can be given"
        )
    if parsed.query.get("sslmode", "prefer") not in _SSLMODES:
        raise ServerError(
            "--server: sslmode must be one of " + ", ".join(_SSLMODES) + ". The services reach the"
            " server through a proxy, whose name no certificate holds"
        )
    return parsed

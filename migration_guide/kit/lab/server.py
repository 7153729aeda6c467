"""The PostgreSQL server of a comparison: an embedded one, or one that the user names."""

import contextlib
from collections.abc import AsyncIterator
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


CONNECTION_ERRORS = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


class ServerError(RuntimeError):
    """The server cannot be used as asked; the message says why, without the password."""


class Control(Protocol):
    """Whoever can stop the server and start it again."""

    async def restart(self, mode: RestartMode) -> None: ...


class Server:
    """A PostgreSQL server, reached by *url*.

    Attributes:
        cannot_stop: why the lab may not stop it; None where it may.

    """

    def __init__(
        self,
        url: URL,
        control: Control | None,
        cannot_stop: str | None,
        *,
        throw_away: bool = False,
    ) -> None:
        # libpq's default, in words, so that PGSSLMODE in the environment changes nothing.
        self._url = url.set(drivername="postgresql").update_query_dict(
            {"sslmode": url.query.get("sslmode", "prefer")}
        )
        self._control = control
        self._throw_away = throw_away
        self.cannot_stop = cannot_stop

    @property
    def host(self) -> str:
        return self._url.host or "127.0.0.1"

    @property
    def port(self) -> int:
        return self._url.port or 5432

    def url(self, database: str, *, via: tuple[str, int] | None = None) -> str:
        """The URL of a database here, by way of the proxy at *via* if given."""
        host, port = via or (self.host, self.port)
        url = self._url.set(host=host, port=port, database=database)
        return url.render_as_string(hide_password=False)

    @contextlib.asynccontextmanager
    async def connect(self, database: str | None = None) -> AsyncIterator[asyncpg.Connection]:
        """A session of the lab's own, directly and not through a proxy."""
        connection = await asyncpg.connect(
            self.url(database or self._url.database or "postgres"),
            timeout=10,
            server_settings={"application_name": ADMIN},
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

        The name is set on the database, so that both drivers have it without a parameter.
        """
        async with self.connect() as connection:
            await connection.execute(f'CREATE DATABASE "{name}"')
            await connection.execute(f"""ALTER DATABASE "{name}" SET application_name = '{name}'""")
        try:
            yield name
        finally:
            if not self._throw_away:  # it goes with the server, which may be down by now
                await finish(self._drop(name))

    async def _drop(self, name: str) -> None:
        try:
            async with self.connect() as connection:
                await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        except CONNECTION_ERRORS as error:
            raise ServerError(
                f"The database {name} could not be dropped; drop it by hand: {error}"
            ) from None

    async def terminate_sessions(self, application_name: str) -> None:
        """End the sessions that bear the name, and wait until they are gone."""
        async with self.connect() as connection:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = $1",
                application_name,
            )

            async def gone() -> bool:
                return not await connection.fetchval(
                    "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1",
                    application_name,
                )

            await wait_until(gone, deadline_s=5, what="the terminated sessions to end")

    async def restart(self, mode: RestartMode) -> None:
        """Stop the server and start it; returns when it answers."""
        if self._control is None:
            raise ServerError(self.cannot_stop or "This server cannot be stopped.")
        await self._control.restart(mode)


@contextlib.asynccontextmanager
async def embedded() -> AsyncIterator[Server]:
    """A server of the lab's own, from the wheel, gone at the end of the block."""
    async with EmbeddedPostgres() as postgres:
        yield Server(make_url(postgres.url()), postgres, None, throw_away=True)


@contextlib.asynccontextmanager
async def external(url: str, *, allow_faults: bool) -> AsyncIterator[Server]:
    """A server that the user named.

    Raises:
        ServerError: the URL is wrong, the server does not answer, or may not be used.

    """
    parsed = _parse(url)
    server = Server(parsed, None, "faults on a server of yours need --allow-faults")
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
                    server = Server(parsed, control, None)
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

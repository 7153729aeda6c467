"""Faults shown to a team's own services."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import asyncpg
from sqlalchemy import URL

from migration_guide.kit.lab import figures
from migration_guide.kit.lab.cell import Timing
from migration_guide.kit.lab.cells import CellRunner
from migration_guide.kit.lab.faults.base import Fault
from migration_guide.kit.lab.figures import InconclusiveError, Phases
from migration_guide.kit.lab.journal import Emit, tell_nobody
from migration_guide.kit.lab.leftovers import temporary_folder
from migration_guide.kit.lab.local_control import LocalControl
from migration_guide.kit.lab.open_loop import Request
from migration_guide.kit.lab.own.config import Config, Probe, Service, Written
from migration_guide.kit.lab.own.faults import SERVICE_RESTART, WITH_LEAVE
from migration_guide.kit.lab.own.probing import Probing
from migration_guide.kit.lab.own.service import Attached, OwnService
from migration_guide.kit.lab.proxy import FaultProxy
from migration_guide.kit.lab.results import Measured
from migration_guide.kit.lab.server import CONNECTION_ERRORS, Control, Server, ServerError
from migration_guide.kit.lab.topology.base import Proxied
from migration_guide.kit.lab.waiting import wait_until

WARM_REQUESTS = 10
"""At once, so that the pool has connections that a fault can strike; each probe at least once."""
WELL_DEADLINE_S = 15.0
LEAK_DEADLINE_S = 5.0
SEEN_DEADLINE_S = 2.0
"""In which a connection that has just been made is a session, and one that ended is none."""

NEEDS_LEAVE = "ends sessions, servers or services: needs --allow-faults"


class OwnServer(Server):
    """A service's database server, whose sessions are those that come through its proxy."""

    def __init__(self, url: URL, proxy: FaultProxy, control: Control | str) -> None:
        if isinstance(control, str):
            super().__init__(url, cannot_stop=control)
        else:
            super().__init__(url, control=control)
        self._proxy = proxy

    async def terminate_sessions(
        self, application_name: str, *, older_than: datetime | None = None
    ) -> None:
        """End those of the proxy, whatever their name: nobody else's are touched."""
        del application_name, older_than
        async with self.connect() as connection:
            rows = await self._sessions(connection)
        await self.terminate([row["pid"] for row in rows])

    async def count_in_transaction(self) -> int:
        """The proxy's sessions that are still in a transaction, 5 s after the last request."""
        count = 0

        async def none_left() -> bool:
            nonlocal count
            async with self.connect() as connection:
                rows = await self._sessions(connection)
            count = sum(row["state"].startswith("idle in transaction") for row in rows)
            return not count

        with contextlib.suppress(TimeoutError):
            await wait_until(none_left, deadline_s=LEAK_DEADLINE_S, what="transactions to end")
        return count

    async def _sessions(self, connection: asyncpg.Connection) -> list[asyncpg.Record]:
        """Those of the proxy, which is where the kit's own session comes from.

        Raises:
            InconclusiveError: the server does not see all of them. One of another program may come
                from a port of the same number.

        """
        rows: list[asyncpg.Record] = []

        async def all_seen() -> bool:
            ports = self._proxy.upstream_ports
            rows[:] = await connection.fetch(_SESSIONS, ports)
            return len(rows) >= len(ports)

        try:
            await wait_until(all_seen, deadline_s=SEEN_DEADLINE_S, what="the sessions")
        except TimeoutError:
            raise InconclusiveError(
                "the server does not see the proxy's connections as such: a pooler, or a network"
                " that translates addresses, is in between"
            ) from None
        return rows


_SESSIONS = """
SELECT pid, coalesce(state, '') AS state FROM pg_stat_activity
WHERE client_port = ANY($1::int[]) AND client_addr IS NOT DISTINCT FROM inet_client_addr()
"""


@dataclass(frozen=True)
class OwnTarget:
    """What a fault may touch; as much of a `Target` as `own.faults` need."""

    server: OwnServer
    service: OwnService | Attached
    load: Probing
    database: str
    way: Proxied


@dataclass(frozen=True)
class OwnSubject:
    """A service that runs, by way of its proxy."""

    told: Service
    probes: Mapping[str, Probe]
    server: OwnServer
    service: OwnService | Attached
    database: str
    way: Proxied
    may_ask: bool
    engine_options: Mapping[str, Any] | None = None
    runs_here: bool = False

    def load(self, timing: Timing, seed: int, record: Callable[[Request], None]) -> Probing:
        del seed  # nothing is drawn
        return Probing(
            *(self.service.url, timing.rate, timing.client_deadline_s),
            probes=self.probes,
            record=record,
        )

    def target(self, load: Probing) -> OwnTarget:
        return OwnTarget(self.server, self.service, load, self.database, self.way)

    async def prepare(self, load: Probing, before_s: float) -> int:
        async def answers() -> bool:
            return await load.get(self.told.health) in range(200, 300)

        await wait_until(answers, deadline_s=WELL_DEADLINE_S, what="the service to be well")
        before = self.way.proxy.round_trips
        load.burst(max(WARM_REQUESTS, len(self.probes)))
        await load.drain()
        await load.send_for(before_s)
        await load.drain()
        figures.check_well(load.requests)
        if self.way.proxy.round_trips == before:
            raise InconclusiveError(
                "no probe has asked the database by way of the proxy: give the service"
                f" {self.told.listen or '{database_url}'} as its database, or a probe that reads"
            )
        return 0

    async def count(self, load: Probing, phases: Phases, wrong_before: int) -> Measured:
        """What clients saw; and what is left in the database, where it may be asked."""
        del wrong_before
        measured = figures.count(load.requests, phases)
        if not self.may_ask:
            return measured
        with contextlib.suppress(InconclusiveError):  # they cannot be told from others
            leaked = await self.server.count_in_transaction()
            return replace(measured, leaked_connections=leaked)
        return measured


class OwnLab(CellRunner):
    """An async context manager; at its end, what it started is gone."""

    def __init__(
        self,
        config: Config,
        written: Mapping[str, Written],
        root: Path,
        *,
        allow_faults: bool = False,
        timing: Timing = Timing(),
        emit: Emit = tell_nobody,
    ) -> None:
        super().__init__(timing, emit)
        self._config = config
        self._written = written
        self._root = root
        self._allow_faults = allow_faults
        self._subjects: dict[str, OwnSubject] = {}
        self._controls: dict[str, Control | str] = {}
        self._cleanup = contextlib.AsyncExitStack()
        self._starting = asyncio.Lock()  # one service at a time

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._cleanup.aclose()

    async def subject(self, fault: Fault[Any], stack: str, profile: str) -> OwnSubject:
        del fault, profile
        async with self._starting:
            if stack not in self._subjects:
                self._subjects[stack] = await self._cleanup.enter_async_context(self._run(stack))
            return self._subjects[stack]

    def missing(self, fault: Fault[Any]) -> str | None:
        if fault.name not in WITH_LEAVE:
            return None
        if not self._allow_faults:
            return NEEDS_LEAVE
        services = self._config.services
        if fault.name == SERVICE_RESTART.name:
            attached = [name for name, service in services.items() if service.url]
            return f"{', '.join(attached)}: not started here" if attached else None
        if not all(_may_ask(self._config.database_of(name).parsed) for name in services):
            return "needs a user in the database's URL"
        if fault.restarts_server:
            return next((why for why in self._controls.values() if isinstance(why, str)), None)
        return None

    async def check(self) -> str | None:
        """Reach each database that may be asked; the server's version.

        Raises:
            ServerError: one does not answer.

        """
        version = None
        for name in self._config.services:
            url = self._config.database_of(name).parsed
            if not _may_ask(url):
                self._controls[name] = "needs a user in the database's URL"
                continue
            try:
                async with Server(url).connect() as connection:
                    version = str(await connection.fetchval("SHOW server_version"))
                    self._controls[name] = await LocalControl.of(connection)
            except CONNECTION_ERRORS as error:
                host, port = self._config.database_of(name).address
                raise ServerError(f"{name}: no session on {host}:{port}: {error}") from None
        return version

    @contextlib.asynccontextmanager
    async def _run(self, name: str) -> AsyncIterator[OwnSubject]:
        told, database = self._config.services[name], self._config.database_of(name)
        port = int(told.listen.rpartition(":")[2]) if told.listen else 0
        with FaultProxy(*database.address, port=port) as proxy:
            via = database.parsed.set(host=proxy.host, port=proxy.port)
            way = Proxied(url=via.render_as_string(hide_password=False), proxy=proxy)
            server = OwnServer(database.parsed, proxy, self._controls[name])
            probes = dict(zip(self._written[name].probes, told.probes, strict=True))

            def subject(service: OwnService | Attached) -> OwnSubject:
                of_database = database.parsed.database or "", way, _may_ask(database.parsed)
                return OwnSubject(told, probes, server, service, *of_database)

            if told.url:
                yield subject(Attached(told.url))
                return
            async with (
                temporary_folder("port-kit-own-") as folder,
                OwnService(name, told, self._root, via, folder) as service,
            ):
                yield subject(service)


def _may_ask(url: URL) -> bool:
    """Whether the file says as whom."""
    return bool(url.username)

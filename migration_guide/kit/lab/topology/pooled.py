"""A PgBouncer in transaction mode, in front of the server."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from migration_guide.kit.lab.pooler import PgBouncer, find_pgbouncer
from migration_guide.kit.lab.proxy import FaultProxy
from migration_guide.kit.lab.server import Server
from migration_guide.kit.lab.service import Service
from migration_guide.kit.lab.stacks import DRIVERS, POOL_SIZE, RESILIENT, Settings
from migration_guide.kit.lab.topology.base import Proxied, Site, Topology

__all__ = ["POOLED", "Pooled"]


def _missing() -> str | None:
    if find_pgbouncer() is None:
        return "needs PgBouncer: apt-get install pgbouncer"
    return None


@dataclass(frozen=True, kw_only=True)
class Pooled(Proxied):
    """At first straight to the server, then, as a fault may decide, through the pooler."""

    server: Server
    pooler: PgBouncer

    @contextlib.asynccontextmanager
    async def through_pooler(self, service: Service) -> AsyncIterator[None]:
        """For the time of the block, as after a deployment: no request is lost to the change."""
        self.proxy.upstream = (self.pooler.host, self.pooler.port)
        try:
            await service.restart()
            yield
        finally:
            self.proxy.upstream = (self.server.host, self.server.port)
            await service.restart()


class _Pooled(Site[Pooled]):
    def __init__(self, server: Server, pooler: PgBouncer) -> None:
        super().__init__(server)
        self._pooler = pooler

    def adapt(self, settings: Settings) -> Settings:
        """The engine is told that it is behind a pooler, psycopg2 sends it no ``options``.

        PgBouncer refuses those before version 1.20, and ``statement_timeout`` in them after.
        """
        options = dict(settings.engine_options)
        if DRIVERS[settings.stack, settings.profile] == RESILIENT:
            options["transaction_pooler"] = True
        elif connect_args := options.get("connect_args"):
            kept = {name: value for name, value in connect_args.items() if name != "options"}
            options["connect_args"] = kept
        return replace(settings, engine_options=options)

    @contextlib.asynccontextmanager
    async def way(self, database: str) -> AsyncIterator[Pooled]:
        with FaultProxy(self.server.host, self.server.port) as proxy:
            yield Pooled(
                url=self.server.url(database, via=(proxy.host, proxy.port)),
                proxy=proxy,
                server=self.server,
                pooler=self._pooler,
            )


@contextlib.asynccontextmanager
async def _stand_up(server: Server) -> AsyncIterator[_Pooled]:
    # As many as a service may ask for: what is to be seen is the pooler, not a shortage.
    async with PgBouncer(server.url("postgres"), pool_size=POOL_SIZE) as pooler:
        yield _Pooled(server, pooler)


POOLED = Topology(
    "pooled", "the proxy, then PgBouncer in transaction mode", missing=_missing, stand_up=_stand_up
)

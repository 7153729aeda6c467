"""A primary with a synchronous standby, behind an endpoint that can be moved."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from sqlalchemy import make_url

from migration_guide.kit.lab.postgres import EmbeddedPostgres
from migration_guide.kit.lab.proxy import FaultProxy
from migration_guide.kit.lab.replication import Pair
from migration_guide.kit.lab.server import Server
from migration_guide.kit.lab.topology.base import Proxied, Site, Topology

__all__ = ["REPLICATED", "Replicated"]


@dataclass(frozen=True, kw_only=True)
class Replicated(Proxied):
    """By way of an endpoint, the proxy, that all services share."""

    pair: Pair
    server: Server

    async def fail_over(self) -> EmbeddedPostgres:
        """Promote the standby and move the endpoint there; the former primary."""
        former = await self.pair.promote_standby()
        self.server.move(self.pair.primary)
        # What is connected stays connected, as behind a DNS name that is pointed elsewhere.
        self.proxy.upstream = (self.pair.primary.host, self.pair.primary.port)
        return former


class _Replicated(Site[Replicated]):
    def __init__(self, server: Server, pair: Pair, endpoint: FaultProxy) -> None:
        super().__init__(server)
        self._pair, self._endpoint = pair, endpoint

    @contextlib.asynccontextmanager
    async def way(self, database: str) -> AsyncIterator[Replicated]:
        yield Replicated(
            url=self.server.url(database, via=(self._endpoint.host, self._endpoint.port)),
            proxy=self._endpoint,
            pair=self._pair,
            server=self.server,
        )


@contextlib.asynccontextmanager
async def _stand_up(_: Server) -> AsyncIterator[_Replicated]:
    async with Pair() as pair:
        server = Server(make_url(pair.primary.url()), own=pair.primary)
        with FaultProxy(server.host, server.port) as endpoint:
            yield _Replicated(server, pair, endpoint)


REPLICATED = Topology(
    "replicated",
    "an endpoint that can be moved, a primary and a synchronous standby",
    missing=lambda: None,
    stand_up=_stand_up,
    own_server=True,
)

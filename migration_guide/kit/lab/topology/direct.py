"""Nothing but the fault proxy."""

import contextlib
from collections.abc import AsyncIterator

from migration_guide.kit.lab.proxy import FaultProxy
from migration_guide.kit.lab.server import Server
from migration_guide.kit.lab.topology.base import Proxied, Site, Topology

__all__ = ["DIRECT", "Direct", "Proxied"]


class Direct(Site[Proxied]):
    @contextlib.asynccontextmanager
    async def way(self, database: str) -> AsyncIterator[Proxied]:
        with FaultProxy(self.server.host, self.server.port) as proxy:
            yield Proxied(url=self.server.url(database, via=(proxy.host, proxy.port)), proxy=proxy)


@contextlib.asynccontextmanager
async def _stand_up(server: Server) -> AsyncIterator[Direct]:
    yield Direct(server)


DIRECT = Topology(
    "direct",
    "a proxy that can close, reset, silence and slow connections",
    missing=lambda: None,
    stand_up=_stand_up,
)

"""Real packets: service, router and database server in network namespaces of their own."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from migration_guide.kit.lab.binaries import Account
from migration_guide.kit.lab.network import DATABASE, RECYCLE_S, Attachment, Network, missing
from migration_guide.kit.lab.postgres import EmbeddedPostgres
from migration_guide.kit.lab.server import Server, embedded
from migration_guide.kit.lab.stacks import Settings
from migration_guide.kit.lab.topology.base import Site, Topology, Way

__all__ = ["ROUTED", "Routed"]


@dataclass(frozen=True, kw_only=True)
class Routed(Way):
    """By way of a router."""

    attachment: Attachment


class _Routed(Site[Routed]):
    def __init__(self, server: Server, network: Network) -> None:
        super().__init__(server)
        self._network = network

    def adapt(self, settings: Settings) -> Settings:
        """The router forgets idle flows after seconds, and so pool_recycle is seconds too."""
        return settings.replacing(pool_recycle=RECYCLE_S)

    @contextlib.asynccontextmanager
    async def way(self, database: str) -> AsyncIterator[Routed]:
        async with self._network.attach() as attachment:
            yield Routed(
                url=self.server.url(database, via=(DATABASE, self.server.own.port)),
                prefix=attachment.host.enter,
                attachment=attachment,
            )


@contextlib.asynccontextmanager
async def _stand_up(_: Server) -> AsyncIterator[_Routed]:
    account = Account.choose()
    async with Network() as network:
        postgres = EmbeddedPostgres(
            host=DATABASE,
            prefix=network.database.enter_as(account.uid, account.gid),
            socket_in_folder=True,  # the lab's own sessions take no part in the network
        )
        async with embedded(postgres) as server:
            yield _Routed(server, network)


ROUTED = Topology(
    "routed",
    "a router in network namespaces: real packets, conntrack and rules",
    missing=missing,
    stand_up=_stand_up,
    own_server=True,
)

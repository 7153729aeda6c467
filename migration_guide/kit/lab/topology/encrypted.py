"""A server with TLS, whose certificate both stacks verify (sslmode=verify-full)."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import trustme
from sqlalchemy import make_url

from migration_guide.kit.lab import tls
from migration_guide.kit.lab.binaries import find_packaged
from migration_guide.kit.lab.leftovers import temporary_folder
from migration_guide.kit.lab.postgres import EmbeddedPostgres
from migration_guide.kit.lab.proxy import FaultProxy
from migration_guide.kit.lab.server import Server
from migration_guide.kit.lab.topology.base import Proxied, Site, Topology

__all__ = ["ENCRYPTED", "Proxied"]


def _missing() -> str | None:
    if find_packaged() is None:
        return "needs a PostgreSQL with TLS, which the wheel has not: apt-get install postgresql"
    return None


class _Encrypted(Site[Proxied]):
    def __init__(self, server: Server, root: Path) -> None:
        super().__init__(server)
        self._root = root

    @contextlib.asynccontextmanager
    async def way(self, database: str) -> AsyncIterator[Proxied]:
        with FaultProxy(self.server.host, self.server.port) as proxy:
            url = make_url(self.server.url(database, via=(proxy.host, proxy.port)))
            yield Proxied(
                url=url.difference_update_query(["sslrootcert"]).render_as_string(
                    hide_password=False
                ),
                # The one way to name the file that all three drivers have in common.
                environment={"PGSSLROOTCERT": str(self._root)},
                proxy=proxy,
            )


@contextlib.asynccontextmanager
async def _stand_up(_: Server) -> AsyncIterator[_Encrypted]:
    authority = trustme.CA()
    async with EmbeddedPostgres(find_packaged()) as postgres:
        await tls.turn_on(postgres, authority, postgres.host)
        async with temporary_folder("port-kit-tls-") as folder:
            root = folder / "root.crt"
            authority.cert_pem.write_to_path(str(root))
            url = make_url(postgres.url()).update_query_dict(
                {"sslmode": "verify-full", "sslrootcert": str(root)}
            )
            yield _Encrypted(Server(url, own=postgres), root)


ENCRYPTED = Topology(
    "encrypted",
    "the proxy; the server has TLS, which both stacks verify",
    missing=_missing,
    stand_up=_stand_up,
    own_server=True,
)

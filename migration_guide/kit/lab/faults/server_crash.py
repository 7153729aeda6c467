"""The server stops without a shutdown and recovers from its log."""

import contextlib
from collections.abc import AsyncIterator

from migration_guide.kit.lab.faults.base import CLOSED, WHY_CLOSED, Fault
from migration_guide.kit.lab.target import Target
from migration_guide.kit.lab.topology.direct import DIRECT, Proxied


@contextlib.asynccontextmanager
async def inject(target: Target[Proxied]) -> AsyncIterator[None]:
    async with target.way.disconnecting():
        await target.server.restart("immediate")
    yield


FAULT = Fault(
    name="server-crash",
    summary="immediate shutdown, then start with crash recovery",
    models=(
        "the out-of-memory killer or a host that is replaced"
        " (PostgreSQL manual, 18.5 Shutting Down the Server: Immediate Shutdown)"
    ),
    topology=DIRECT,
    inject=inject,
    claims=CLOSED,
    shared=True,
    restarts_server=True,
    notes=WHY_CLOSED,
)

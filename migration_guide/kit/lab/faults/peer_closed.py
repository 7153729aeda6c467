"""Something between service and server closes the connections in order."""

import contextlib
from collections.abc import AsyncIterator

from migration_guide.kit.lab.faults.base import CLOSED, WHY_CLOSED, Fault
from migration_guide.kit.lab.target import Target
from migration_guide.kit.lab.topology.direct import DIRECT, Proxied


@contextlib.asynccontextmanager
async def inject(target: Target[Proxied]) -> AsyncIterator[None]:
    async with target.way.disconnecting():
        target.way.proxy.close_peer()
    yield


FAULT = Fault(
    name="peer-closed",
    summary="TCP FIN on every idle connection",
    models="a pooler that restarts or closes idle clients (PgBouncer's client_idle_timeout)",
    topology=DIRECT,
    inject=inject,
    claims=CLOSED,
    notes=WHY_CLOSED,
)

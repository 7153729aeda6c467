"""The server restarts while nothing is asked of it."""

import contextlib
from collections.abc import AsyncIterator

from migration_guide.kit.lab.faults.base import CLOSED, WHY_CLOSED, Fault
from migration_guide.kit.lab.target import Target
from migration_guide.kit.lab.topology.direct import DIRECT, Proxied


@contextlib.asynccontextmanager
async def inject(target: Target[Proxied]) -> AsyncIterator[None]:
    async with target.way.disconnecting():
        await target.server.restart("fast")
    yield


FAULT = Fault(
    name="server-restart",
    summary="fast shutdown, then start",
    models=(
        "a minor-version update or a maintenance window"
        " (PostgreSQL manual, 18.5 Shutting Down the Server: Fast Shutdown)"
    ),
    topology=DIRECT,
    inject=inject,
    claims=CLOSED,
    shared=True,
    restarts_server=True,
    notes=WHY_CLOSED,
)

"""Sessions are ended while their statement runs."""

import contextlib
from collections.abc import AsyncIterator

from migration_guide.kit.lab.faults.base import IN_FLIGHT, WHY_IN_FLIGHT, Fault
from migration_guide.kit.lab.target import Target
from migration_guide.kit.lab.topology.direct import DIRECT, Proxied

SESSIONS = 3


@contextlib.asynccontextmanager
async def inject(target: Target[Proxied]) -> AsyncIterator[None]:
    async with target.stalled(SESSIONS) as pids:
        await target.server.terminate(pids)
    yield


FAULT = Fault(
    name="killed-mid-query",
    summary="pg_terminate_backend() on sessions whose statement runs",
    models=(
        "an administrator who ends what blocks others, a managed service's failover"
        " (PostgreSQL manual, 9.28.2 Server Signaling Functions)"
    ),
    topology=DIRECT,
    inject=inject,
    under_load=True,
    claims=IN_FLIGHT,
    notes=WHY_IN_FLIGHT,
)

"""The server has no connection left to give."""

import contextlib
from collections.abc import AsyncIterator

from migration_guide.kit.lab.faults.base import FAILS, QUICK, WHY_AWAY, Fault, claims
from migration_guide.kit.lab.target import Target
from migration_guide.kit.lab.topology.direct import DIRECT, Proxied


@contextlib.asynccontextmanager
async def inject(target: Target[Proxied]) -> AsyncIterator[None]:
    await target.server.terminate_sessions(target.database)
    async with target.server.full():
        yield


FAULT = Fault(
    name="too-many-connections",
    summary="others take every connection that the server has (53300), and the service's are lost",
    models=(
        "a deployment that doubles the workers, a job that opens too many connections"
        " (PostgreSQL manual, 20.3.1 Connection Settings: max_connections)"
    ),
    topology=DIRECT,
    inject=inject,
    outage_s=2.0,
    claims=claims(bare=FAILS, same_settings=QUICK, flask_hardened=QUICK, quart_hardened=QUICK),
    shared=True,
    owns_server=True,
    notes=WHY_AWAY,
)

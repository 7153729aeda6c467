"""The server is stopped for some seconds."""

import contextlib
from collections.abc import AsyncIterator

from migration_guide.kit.lab.faults.base import FAILS, QUICK, WHY_AWAY, Fault, claims
from migration_guide.kit.lab.target import Target
from migration_guide.kit.lab.topology.direct import DIRECT, Proxied


@contextlib.asynccontextmanager
async def inject(target: Target[Proxied]) -> AsyncIterator[None]:
    await target.server.own.stop("fast")
    try:
        yield
    finally:
        await target.server.own.start()


FAULT = Fault(
    name="server-away",
    summary="stopped for 3 seconds under load, then started",
    models=(
        "a maintenance window, a major-version upgrade, a failover of a managed service without"
        " a standby"
    ),
    topology=DIRECT,
    inject=inject,
    under_load=True,
    outage_s=3.0,
    claims=claims(bare=FAILS, same_settings=QUICK, flask_hardened=QUICK, quart_hardened=QUICK),
    shared=True,
    owns_server=True,
    notes=WHY_AWAY,
)

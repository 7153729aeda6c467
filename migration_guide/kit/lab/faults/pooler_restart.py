"""The pooler between service and server restarts."""

import contextlib
from collections.abc import AsyncIterator

from migration_guide.kit.lab.faults.base import (
    FAILS,
    NO_VERDICT,
    SURVIVES,
    WHY_CLOSED,
    Fault,
    claims,
)
from migration_guide.kit.lab.faults.pooler import STOCK_BREAKS
from migration_guide.kit.lab.target import Target
from migration_guide.kit.lab.topology.pooled import POOLED, Pooled

WARM = 3


@contextlib.asynccontextmanager
async def inject(target: Target[Pooled]) -> AsyncIterator[None]:
    async with target.way.through_pooler(target.service):
        await target.hold(WARM)
        async with target.way.disconnecting():
            await target.way.pooler.restart()
        yield


FAULT = Fault(
    name="pooler-restart",
    summary="PgBouncer ends all connections (SIGTERM) and starts again",
    models="an update of the pooler, a node of a managed one that is replaced",
    topology=POOLED,
    inject=inject,
    outage_s=2.0,
    claims=claims(
        bare=FAILS,
        same_settings=SURVIVES,
        flask_hardened=SURVIVES,
        quart_hardened=SURVIVES,
        quart_bare=FAILS,
        quart_same_settings=NO_VERDICT,
    ),
    shared=True,
    notes={
        **WHY_CLOSED,
        ("quart", "same-settings"): (
            f"no verdict: {STOCK_BREAKS} With few requests at a time that is a matter of luck; the"
            " fault `pooler` shows it."
        ),
    },
)

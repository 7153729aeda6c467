"""A pooler in transaction mode is put between service and server."""

import contextlib
from collections.abc import AsyncIterator

from migration_guide.kit.lab.faults.base import SURVIVES, Claim, Fault, claims
from migration_guide.kit.lab.target import Target
from migration_guide.kit.lab.topology.pooled import POOLED, Pooled

BURST = 30

BREAKS = Claim(
    "requests fail: prepared statements are not where they are looked for",
    lambda m: m.failed_during > 0 and m.failed_after == 0,
    gap=True,
)
UNPREPARED = "psycopg2 prepares nothing under a name: any server connection will do."
STOCK_BREAKS = (
    "the stock dialect prepares statements under names; behind the pooler the next statement may"
    " reach another server connection, which does not know them."
)


@contextlib.asynccontextmanager
async def inject(target: Target[Pooled]) -> AsyncIterator[None]:
    async with target.way.through_pooler(target.service):
        target.load.burst(BURST)
        yield


FAULT = Fault(
    name="pooler",
    summary="PgBouncer in transaction mode comes in between, and a burst of 30 requests",
    models=(
        "a pooler that is introduced, a managed service's own (PgBouncer's documentation, on"
        " pool_mode; SQLAlchemy's, on asyncpg and PgBouncer)"
    ),
    topology=POOLED,
    inject=inject,
    outage_s=2.0,
    claims=claims(
        bare=SURVIVES,
        same_settings=SURVIVES,
        flask_hardened=SURVIVES,
        quart_hardened=SURVIVES,
        quart_bare=BREAKS,
        quart_same_settings=BREAKS,
    ),
    notes={
        ("flask", "bare"): UNPREPARED,
        ("flask", "same-settings"): UNPREPARED,
        ("flask", "hardened"): UNPREPARED,
        ("quart", "bare"): STOCK_BREAKS,
        ("quart", "same-settings"): STOCK_BREAKS,
        (
            "quart",
            "hardened",
        ): "the engine option transaction_pooler: nothing is prepared under a name.",
    },
)

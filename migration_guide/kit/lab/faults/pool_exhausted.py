"""Every connection is in use, and a burst of requests comes."""

import contextlib
from collections.abc import AsyncIterator

from migration_guide.kit.lab.faults.base import (
    HANG_S,
    HANGS,
    QUICK,
    TOLD_EARLY,
    WHY_UNBOUNDED,
    Fault,
    claims,
)
from migration_guide.kit.lab.stacks import POOL_SIZE
from migration_guide.kit.lab.target import Target
from migration_guide.kit.lab.topology.direct import DIRECT, Proxied

BURST = 40


@contextlib.asynccontextmanager
async def inject(target: Target[Proxied]) -> AsyncIterator[None]:
    async with target.stalled(POOL_SIZE):
        target.load.burst(BURST)
        yield


FAULT = Fault(
    name="pool-exhausted",
    summary="statements wait for a lock for 6 seconds, and 40 more requests come at once",
    models="a migration that locks a table, a slow query that everybody waits for, at rush hour",
    topology=DIRECT,
    inject=inject,
    under_load=True,
    outage_s=HANG_S,
    claims=claims(bare=HANGS, same_settings=HANGS, flask_hardened=HANGS, quart_hardened=QUICK),
    notes={
        **WHY_UNBOUNDED,
        ("flask", "hardened"): (
            "statement_timeout frees the connections after 2 s, but each request holds one of 16"
            " threads for so long: what waits for a thread waits longer than its client."
        ),
        ("quart", "hardened"): TOLD_EARLY,
    },
)

"""The primary is lost, and its standby takes over."""

import contextlib
from collections.abc import AsyncIterator

from migration_guide.kit.lab.faults.base import FAILS, QUICK, WHY_AWAY, Fault, claims
from migration_guide.kit.lab.target import Target
from migration_guide.kit.lab.topology.replicated import REPLICATED, Replicated


@contextlib.asynccontextmanager
async def prepare(target: Target[Replicated]) -> AsyncIterator[None]:
    """With a standby that has every commit that was acknowledged."""
    await target.way.pair.complete()
    yield


@contextlib.asynccontextmanager
async def inject(target: Target[Replicated]) -> AsyncIterator[None]:
    await target.way.pair.primary.stop("immediate")
    await target.way.fail_over()
    yield


FAULT = Fault(
    name="failover",
    summary="the primary crashes, its synchronous standby is promoted, the endpoint moved",
    models=(
        "the failover of a managed service with a standby, or by Patroni (PostgreSQL manual, 26.3"
        " Failover, and 26.2.8 Synchronous Replication)"
    ),
    topology=REPLICATED,
    prepare=prepare,
    inject=inject,
    under_load=True,
    claims=claims(bare=FAILS, same_settings=QUICK, flask_hardened=QUICK, quart_hardened=QUICK),
    shared=True,
    notes=WHY_AWAY,
)

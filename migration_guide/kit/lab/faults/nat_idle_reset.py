"""A NAT gateway forgets an idle flow and answers its packets with RST."""

import contextlib
from collections.abc import AsyncIterator

from migration_guide.kit.lab.faults.base import FAILS, SURVIVES, WHY_CLOSED, Fault, claims, on_both
from migration_guide.kit.lab.faults.nat_idle_drop import IDLE_S
from migration_guide.kit.lab.target import Target
from migration_guide.kit.lab.topology.routed import ROUTED, Routed


@contextlib.asynccontextmanager
async def inject(target: Target[Routed]) -> AsyncIterator[None]:
    async with target.way.attachment.trouble("nat_reset"):
        yield


FAULT = Fault(
    name="nat-idle-reset",
    summary="the same, but the router answers what it does not know with RST",
    models="AWS's NAT gateway, which resets a flow that it has timed out (AWS VPC user guide)",
    topology=ROUTED,
    inject=inject,
    idle_s=IDLE_S,
    outage_s=1.0,
    claims=claims(
        bare=FAILS,
        same_settings=SURVIVES,
        flask_hardened=SURVIVES,
        quart_hardened=SURVIVES,
    ),
    notes={
        **WHY_CLOSED,
        **on_both(
            "same-settings",
            "pool_recycle has replaced the old connections; a pre-ping would have found out, too.",
        ),
    },
)

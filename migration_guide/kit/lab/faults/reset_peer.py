"""Something between service and server resets the connections."""

import contextlib
from collections.abc import AsyncIterator

from migration_guide.kit.lab.faults.base import CLOSED, WHY_CLOSED, Fault
from migration_guide.kit.lab.target import Target
from migration_guide.kit.lab.topology.direct import DIRECT, Proxied


@contextlib.asynccontextmanager
async def inject(target: Target[Proxied]) -> AsyncIterator[None]:
    async with target.way.disconnecting():
        target.way.proxy.reset_peer()
    yield


FAULT = Fault(
    name="reset-peer",
    summary="TCP RST on every idle connection",
    models=(
        "a load balancer that is replaced, or resets flows that were idle too long"
        " (Toxiproxy's reset_peer)"
    ),
    topology=DIRECT,
    inject=inject,
    claims=CLOSED,
    notes=WHY_CLOSED,
)

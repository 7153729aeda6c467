"""A TLS connection is closed in the middle of a message."""

import contextlib
from collections.abc import AsyncIterator

from migration_guide.kit.lab.faults.base import IN_FLIGHT, WHY_IN_FLIGHT, Fault
from migration_guide.kit.lab.target import Target
from migration_guide.kit.lab.topology.encrypted import ENCRYPTED, Proxied
from migration_guide.kit.lab.waiting import wait_until

STATEMENTS = 3
BYTES = 20
"""Less than the shortest TLS record that holds an answer."""
DEADLINE_S = 5.0


@contextlib.asynccontextmanager
async def inject(target: Target[Proxied]) -> AsyncIterator[None]:
    with target.way.healing("limit_data") as proxy:
        async with target.stalled(STATEMENTS):
            left = proxy.open_connections - STATEMENTS
            proxy.limit_data(BYTES)
        await wait_until(
            lambda: proxy.open_connections <= left,
            deadline_s=DEADLINE_S,
            every_s=0.001,  # what is asked meanwhile is cut short too
            what="the answers to be cut short",
        )
    yield


FAULT = Fault(
    name="tls-closed",
    summary="FIN in the middle of a TLS record, while statements are answered",
    models="a load balancer or proxy that ends; no close_notify is sent (RFC 8446, 6.1)",
    topology=ENCRYPTED,
    inject=inject,
    under_load=True,
    claims=IN_FLIGHT,
    notes=WHY_IN_FLIGHT,
)

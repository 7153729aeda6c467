"""One packet in fifty is lost."""

import contextlib
from collections.abc import AsyncIterator

from migration_guide.kit.lab.faults.base import Claim, Fault, claims, everywhere
from migration_guide.kit.lab.target import Target
from migration_guide.kit.lab.topology.routed import ROUTED, Routed

RETRANSMITTED = Claim(
    "no request fails or hangs, some wait 100 ms and more for a packet to be sent again",
    lambda m: (
        m.failed == m.hung == 0
        and m.latency_during is not None
        and m.latency_during.longest_s > 0.1
    ),
)


@contextlib.asynccontextmanager
async def inject(target: Target[Routed]) -> AsyncIterator[None]:
    async with target.way.attachment.trouble("lossy"):
        yield


FAULT = Fault(
    name="packet-loss",
    summary="the router loses one packet in fifty, in each direction",
    models="an overloaded link, a failing cable, a noisy neighbour",
    topology=ROUTED,
    inject=inject,
    outage_s=4.0,
    claims=claims(
        bare=RETRANSMITTED,
        same_settings=RETRANSMITTED,
        flask_hardened=RETRANSMITTED,
        quart_hardened=RETRANSMITTED,
    ),
    notes=everywhere(
        "TCP sends the packet again, and nobody above it notices but by the time that passes."
    ),
)

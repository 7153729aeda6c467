"""Answers arrive, but a few bytes at a time."""

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
from migration_guide.kit.lab.target import Target
from migration_guide.kit.lab.topology.direct import DIRECT, Proxied

BYTES_PER_S = 20.0


@contextlib.asynccontextmanager
async def inject(target: Target[Proxied]) -> AsyncIterator[None]:
    with target.way.healing("bandwidth") as proxy:
        proxy.bandwidth(BYTES_PER_S)
        yield


FAULT = Fault(
    name="slow-drip",
    summary="what the server sends arrives at 20 bytes a second",
    models="a link that is all but lost, a gateway out of memory (Toxiproxy's bandwidth)",
    topology=DIRECT,
    inject=inject,
    outage_s=HANG_S,
    claims=claims(bare=HANGS, same_settings=HANGS, flask_hardened=HANGS, quart_hardened=QUICK),
    notes={
        **WHY_UNBOUNDED,
        ("flask", "hardened"): (
            "bytes do arrive, so no TCP timeout fires, and for the server the statement is over:"
            " nothing in libpq bounds the wait for the whole of an answer."
        ),
        ("quart", "hardened"): TOLD_EARLY,
    },
)

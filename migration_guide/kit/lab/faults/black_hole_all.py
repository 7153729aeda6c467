"""All packets vanish, those of new connections too."""

import contextlib
from collections.abc import AsyncIterator

from migration_guide.kit.lab.faults.base import (
    HANG_S,
    HANGS,
    NO_VERDICT,
    QUICK,
    TOLD_EARLY,
    WHY_UNBOUNDED,
    Fault,
    claims,
)
from migration_guide.kit.lab.faults.black_hole_idle import FLASK_BEHIND_A_PROXY
from migration_guide.kit.lab.target import Target
from migration_guide.kit.lab.topology.direct import DIRECT, Proxied
from migration_guide.kit.lab.topology.routed import ROUTED, Routed


@contextlib.asynccontextmanager
async def inject(target: Target[Proxied]) -> AsyncIterator[None]:
    with target.way.healing("timeout") as proxy:
        proxy.timeout()
        yield


@contextlib.asynccontextmanager
async def inject_packets(target: Target[Routed]) -> AsyncIterator[None]:
    async with target.healed_by_ending_sessions(), target.way.attachment.trouble("severed"):
        yield


MODELS = "a network that is split, a database host that is gone (Toxiproxy's timeout)"

FAULT = Fault(
    name="black-hole-all",
    summary="all connections go silent, new ones too",
    models=MODELS,
    topology=DIRECT,
    inject=inject,
    outage_s=HANG_S,
    claims=claims(bare=HANGS, same_settings=HANGS, flask_hardened=NO_VERDICT, quart_hardened=QUICK),
    notes={
        **WHY_UNBOUNDED,
        ("flask", "hardened"): FLASK_BEHIND_A_PROXY,
        ("quart", "hardened"): TOLD_EARLY,
    },
)

PACKETS = Fault(
    name="black-hole-all-packets",
    summary="the same, with real packets: a router drops them",
    models=MODELS,
    topology=ROUTED,
    inject=inject_packets,
    outage_s=HANG_S,
    claims=claims(bare=HANGS, same_settings=HANGS, flask_hardened=HANGS, quart_hardened=QUICK),
    notes={
        **WHY_UNBOUNDED,
        ("flask", "hardened"): (
            "connect_timeout and tcp_user_timeout end each attempt after 2 s, but it holds one of"
            " 16 threads for so long: what waits for a thread waits longer than its client."
        ),
        ("quart", "hardened"): TOLD_EARLY,
    },
)

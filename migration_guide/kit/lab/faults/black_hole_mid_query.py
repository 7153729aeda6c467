"""The packets of connections in use vanish."""

import contextlib
from collections.abc import AsyncIterator

from migration_guide.kit.lab.faults.base import (
    HANG_S,
    HANGS,
    NO_VERDICT,
    QUICK,
    WHY_UNBOUNDED,
    Fault,
    claims,
)
from migration_guide.kit.lab.faults.black_hole_idle import FLASK_BEHIND_A_PROXY
from migration_guide.kit.lab.target import Target
from migration_guide.kit.lab.topology.direct import DIRECT, Proxied
from migration_guide.kit.lab.topology.routed import ROUTED, Routed

STATEMENTS = 3


@contextlib.asynccontextmanager
async def inject(target: Target[Proxied]) -> AsyncIterator[None]:
    with target.way.healing("timeout") as proxy:
        async with target.stalled(STATEMENTS):
            proxy.timeout(existing=True, new=False)
        yield


@contextlib.asynccontextmanager
async def inject_packets(target: Target[Routed]) -> AsyncIterator[None]:
    async with contextlib.AsyncExitStack() as healing:
        await healing.enter_async_context(target.healed_by_ending_sessions())
        async with target.stalled(STATEMENTS):
            ports = await target.client_ports()
            await healing.enter_async_context(target.way.attachment.severed(ports))
        yield


MODELS = "a host that loses power, a security group that is changed (Toxiproxy's timeout)"
COMMAND_TIMEOUT = "command_timeout ends what was in flight after 2 s; the pool is then replaced."

FAULT = Fault(
    name="black-hole-mid-query",
    summary="all connections go silent while statements run; new ones pass",
    models=MODELS,
    topology=DIRECT,
    inject=inject,
    under_load=True,
    outage_s=HANG_S,
    claims=claims(bare=HANGS, same_settings=HANGS, flask_hardened=NO_VERDICT, quart_hardened=QUICK),
    notes={
        **WHY_UNBOUNDED,
        ("flask", "hardened"): FLASK_BEHIND_A_PROXY,
        ("quart", "hardened"): COMMAND_TIMEOUT,
    },
)

PACKETS = Fault(
    name="black-hole-mid-query-packets",
    summary="the same, with real packets: a router drops them",
    models=MODELS,
    topology=ROUTED,
    inject=inject_packets,
    under_load=True,
    outage_s=HANG_S,
    claims=claims(bare=HANGS, same_settings=HANGS, flask_hardened=QUICK, quart_hardened=QUICK),
    notes={
        **WHY_UNBOUNDED,
        ("flask", "hardened"): "keepalives and tcp_user_timeout end what was in flight.",
        ("quart", "hardened"): COMMAND_TIMEOUT,
    },
)

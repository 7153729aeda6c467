"""A NAT gateway forgets an idle flow and drops its packets."""

import contextlib
from collections.abc import AsyncIterator

from migration_guide.kit.lab.faults.base import HANG_S, HANGS, SURVIVES, Fault, claims, on_both
from migration_guide.kit.lab.network import FORGETS_AFTER_S
from migration_guide.kit.lab.target import Target
from migration_guide.kit.lab.topology.routed import ROUTED, Routed

IDLE_S = FORGETS_AFTER_S + 1.0


@contextlib.asynccontextmanager
async def inject(target: Target[Routed]) -> AsyncIterator[None]:
    async with target.healed_by_ending_sessions(), target.way.attachment.trouble("nat_drop"):
        yield


FAULT = Fault(
    name="nat-idle-drop",
    summary="conntrack forgets the idle flows after 7 s; the router drops what it does not know",
    models=(
        "a NAT gateway, load balancer or firewall with an idle timeout of 350 s (AWS), 240 s"
        " (Azure) or the like; what the two settings were found for"
    ),
    topology=ROUTED,
    inject=inject,
    idle_s=IDLE_S,
    outage_s=HANG_S,
    claims=claims(
        bare=HANGS,
        ping_only=HANGS,
        same_settings=SURVIVES,
        flask_hardened=SURVIVES,
        quart_hardened=SURVIVES,
    ),
    notes={
        **on_both(
            "bare",
            "packets of a forgotten flow vanish, and nothing tells either side: requests hang until"
            " TCP gives up.",
        ),
        ("flask", "hardened"): "pool_recycle, as with the two settings alone.",
        ("quart", "hardened"): (
            "pool_recycle replaces the old connections, and the engine ends them without a goodbye."
        ),
        **on_both(
            "ping-only",
            "the pre-ping is a packet like any other, and nobody answers it: it is pool_recycle"
            " that helps here, not the ping.",
        ),
        ("flask", "same-settings"): (
            "pool_recycle replaces the old connections, and psycopg2 closes them without a word."
        ),
        ("quart", "same-settings"): (
            "pool_recycle replaces the old connections, but the stock dialect first says goodbye to"
            " each, and waits 2 s for an answer that does not come."
        ),
    },
)

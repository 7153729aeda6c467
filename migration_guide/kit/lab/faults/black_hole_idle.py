"""The packets of the idle connections vanish: no FIN, no RST, no answer."""

import contextlib
from collections.abc import AsyncIterator

from async_app.resilience.state import EngineState
from migration_guide.kit.lab.faults.base import (
    HANG_S,
    HANGS,
    NO_VERDICT,
    SURVIVES,
    Fault,
    claims,
    on_both,
)
from migration_guide.kit.lab.target import Target
from migration_guide.kit.lab.topology.direct import DIRECT, Proxied

LONGER_THAN_A_BYPASS_S = 2 * EngineState.ping_bypass
"""A connection that worked a moment ago is not pinged."""


@contextlib.asynccontextmanager
async def inject(target: Target[Proxied]) -> AsyncIterator[None]:
    with target.way.healing("timeout") as proxy:
        proxy.timeout(existing=True, new=False)
        yield


FLASK_BEHIND_A_PROXY = (
    "no verdict: the proxy goes silent above TCP, its kernel still acknowledges what arrives."
    " libpq's tcp_user_timeout and keepalives see a healthy peer, as they would with a frozen host"
    " behind a load balancer; statement_timeout is kept by the server, which the statement never"
    " reaches."
)

FAULT = Fault(
    name="black-hole-idle",
    summary="the idle connections go silent; new ones pass",
    models=(
        "a NAT gateway or firewall that forgot the idle flows, a peer that lost power"
        " (Toxiproxy's timeout)"
    ),
    topology=DIRECT,
    inject=inject,
    idle_s=LONGER_THAN_A_BYPASS_S,
    outage_s=HANG_S,
    claims=claims(
        bare=HANGS,
        same_settings=HANGS,
        flask_hardened=NO_VERDICT,
        quart_hardened=SURVIVES,
    ),
    notes={
        **on_both(
            "bare",
            "the statement goes to a connection that nothing declares dead, and both drivers wait"
            " for the answer until TCP gives up: about 15 minutes with Linux's tcp_retries2 = 15.",
        ),
        **on_both(
            "same-settings",
            "the pre-ping is itself a question to the silent peer, and neither SQLAlchemy nor the"
            " drivers give it a deadline, so the two settings do not help. pool_recycle would have"
            " replaced a connection older than 300 s without asking it.",
        ),
        ("flask", "hardened"): FLASK_BEHIND_A_PROXY,
        ("quart", "hardened"): (
            "the first requests wait for ping_timeout, 0.5 s; the pool is then replaced and the"
            " following ones are answered at once."
        ),
    },
)

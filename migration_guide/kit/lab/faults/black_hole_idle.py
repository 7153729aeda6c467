"""The packets of the idle connections vanish: no FIN, no RST, no answer."""

from async_app.resilience.state import EngineState
from migration_guide.kit.lab.faults.base import (
    HANGS,
    NO_VERDICT,
    SURVIVES,
    Fault,
    Target,
    claims,
)
from migration_guide.kit.lab.stacks import STACKS, Profile


async def inject(target: Target) -> None:
    target.proxy.timeout(existing=True, new=False)


async def heal(target: Target) -> None:
    target.proxy.heal()


_NOTES: dict[Profile, str] = {
    "bare": (
        "the statement goes to a connection that nothing declares dead, and both drivers wait for"
        " the answer until TCP gives up: about 15 minutes with Linux's tcp_retries2 = 15."
    ),
    "same-settings": (
        "the pre-ping is itself a question to the silent peer, and neither SQLAlchemy nor the"
        " drivers give it a deadline, so the two settings do not help. pool_recycle would have"
        " replaced a connection older than 300 s without asking it."
    ),
}

_FLASK_HARDENED = (
    "no verdict: the proxy goes silent above TCP, its kernel still acknowledges what arrives."
    " libpq's tcp_user_timeout and keepalives see a healthy peer, as they would with a frozen host"
    " behind a load balancer; statement_timeout is kept by the server, which the statement never"
    " reaches."
)
_QUART_HARDENED = (
    "the first requests wait for ping_timeout, 0.5 s; the pool is then replaced and the following"
    " ones are answered at once."
)

FAULT = Fault(
    name="black-hole-idle",
    summary="the idle connections go silent; new ones pass",
    models=(
        "a NAT gateway or firewall that forgot the idle flows, a peer that lost power"
        " (Toxiproxy's timeout)"
    ),
    inject=inject,
    heal=heal,
    idle_s=2 * EngineState.ping_bypass,  # a connection that worked a moment ago is not pinged
    outage_s=6.0,  # longer than the client's deadline of 5 s: whether it hangs is the question
    claims=claims(
        bare=HANGS,
        same_settings=HANGS,
        flask_hardened=NO_VERDICT,
        quart_hardened=SURVIVES,
    ),
    notes={
        **{(stack, profile): note for stack in STACKS for profile, note in _NOTES.items()},
        ("flask", "hardened"): _FLASK_HARDENED,
        ("quart", "hardened"): _QUART_HARDENED,
    },
)

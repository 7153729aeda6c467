"""The packets of the idle connections vanish: no FIN, no RST, no answer."""

from migration_guide.kit.lab.faults.base import HANGS, Fault, Target, claims
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

FAULT = Fault(
    name="black-hole-idle",
    summary="the idle connections go silent; new ones pass",
    models=(
        "a NAT gateway or firewall that forgot the idle flows, a peer that lost power"
        " (Toxiproxy's timeout)"
    ),
    inject=inject,
    heal=heal,
    outage_s=6.0,  # longer than the client's deadline of 5 s: whether it hangs is the question
    claims=claims(bare=HANGS, same_settings=HANGS),
    notes={(stack, profile): note for stack in STACKS for profile, note in _NOTES.items()},
)

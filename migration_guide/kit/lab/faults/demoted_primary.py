"""The former primary stays up, read-only, and the pool stays with it."""

import contextlib
from collections.abc import AsyncIterator

from migration_guide.kit.lab.faults.base import Claim, Fault, claims, on_both
from migration_guide.kit.lab.faults.failover import prepare
from migration_guide.kit.lab.target import Target
from migration_guide.kit.lab.topology.replicated import REPLICATED, Replicated

MOST_IN_SWITCH = 10
"""Requests that may fall into the switch-over itself: those of half a second."""

STUCK = Claim(
    "orders fail as long as the former primary is up",
    lambda m: m.failed_during > MOST_IN_SWITCH and m.hung == 0,
    gap=True,
)
MOVED = Claim(
    "what meets the switch-over fails, everything after it goes to the new primary",
    lambda m: 0 < m.failed_during <= MOST_IN_SWITCH and m.failed_after == m.hung == 0,
)


@contextlib.asynccontextmanager
async def inject(target: Target[Replicated]) -> AsyncIterator[None]:
    await target.way.pair.demote_primary()
    former = await target.way.fail_over()
    try:
        yield
    finally:
        await former.stop()


FAULT = Fault(
    name="demoted-primary",
    summary="the standby is promoted; the former primary goes on, read-only, for 3 seconds",
    models=(
        "a switch-over in which the old writer becomes a reader and keeps its connections (Amazon"
        " Aurora user guide, on fast failover; SQLSTATE 25006)"
    ),
    topology=REPLICATED,
    prepare=prepare,
    inject=inject,
    under_load=True,
    outage_s=3.0,
    claims=claims(bare=STUCK, same_settings=STUCK, flask_hardened=STUCK, quart_hardened=MOVED),
    shared=True,
    notes={
        **on_both("bare", "nothing looks whether the server still takes writes."),
        **on_both(
            "same-settings",
            "a ping succeeds on a read-only server, and neither driver takes the error 25006 for a"
            " lost connection: the pool stays where it is, and what it reads grows old.",
        ),
        ("flask", "hardened"): (
            "target_session_attrs is looked at when a connection is made; no parameter of libpq"
            " looks at one that works."
        ),
        ("quart", "hardened"): (
            "the engine takes 25006 for what it is and replaces the pool; target_session_attrs"
            " keeps the new connections from the former primary."
        ),
    },
)

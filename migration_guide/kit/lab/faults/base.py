"""What a fault is: data, and what injects and heals it."""

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Generic

from migration_guide.kit.lab.results import Measured
from migration_guide.kit.lab.server import Server
from migration_guide.kit.lab.stacks import STACKS, Profile
from migration_guide.kit.lab.target import Target
from migration_guide.kit.lab.topology.base import Topology, W

CellKey = tuple[str, str]
"""Stack and profile."""

MOST_LATE_S = 0.5
"""Of the load itself. Answers that come in time and those that hang are a second apart or more
(4 s for the slowest 503, 5 s for the client's deadline); half of that may be noise."""


MOST_OTHERS = 0.4
"""Of the processors, for other programs of no lower priority: with more, a service may be slow for
want of them."""


SLOW_S = 1.0
"""A failure that takes less was told by the database or the driver, not by a deadline."""


def busy(measured: Measured) -> str | None:
    """Whether something was slow, and this machine too busy to tell why; a sentence then."""
    slow = measured.hung or not measured.recovered or (measured.longest_failure_s or 0) > SLOW_S
    if not slow:
        return None
    late_s, others = measured.late_s or 0.0, measured.others_share or 0.0
    if late_s > MOST_LATE_S:
        return (
            f"this machine was too busy to tell: the load itself was late by up to {late_s:.2f} s"
        )
    if others > MOST_OTHERS:
        return (
            f"this machine was too busy to tell: other programs took {others:.0%} of it meanwhile"
        )
    return None


@dataclass(frozen=True)
class Claim:
    """What a cell is expected to show.

    Attributes:
        text: in words.
        holds: whether the figures show it.
        decides: False where the cell is shown but takes no part in the verdict.
        gap: whether it says that the settings do not cover the fault.
        compares: whether Quart's figures are to be held against Flask's.
        noise: why the figures are too noisy for a verdict; None where they are not.

    """

    text: str
    holds: Callable[[Measured], bool]
    decides: bool = True
    gap: bool = False
    compares: bool = True
    noise: Callable[[Measured], str | None] = busy

    def too_noisy(self, measured: Measured) -> str | None:
        """Why no verdict can be given.

        Noise makes requests slow: it may speak against a claim that all is well, and for one that
        requests hang. A lost or doubled order is never noise.
        """
        swayed = self.gap or self.violations(measured)
        if not self.decides or not swayed or measured.wrong_writes:
            return None
        return self.noise(measured)

    def violations(self, measured: Measured) -> tuple[str, ...]:
        """What speaks against the claim, as sentences; what no cell may show is included."""
        found = []
        if not self.holds(measured):
            found.append(
                f"expected: {self.text}; seen: {measured.failed_during} failed during and"
                f" {measured.failed_after} after the fault, {measured.hung} hung"
            )
        if not measured.recovered:
            found.append("the service did not recover within the cell")
        for figure, what in (
            (measured.lost_writes, "acknowledged orders are lost"),
            (measured.doubled_writes, "orders exist more than once"),
            (measured.half_writes, "orders are there by half"),
            (measured.stock_off_by, "is what stock and order lines differ by"),
            (measured.leaked_connections, "connections are leaked"),
        ):
            if figure:
                found.append(f"{figure} {what}")
        return tuple(found)


FAILS = Claim("at least one request fails (the control)", lambda m: m.failed > 0)
RECOVERS = Claim("no request fails or hangs", lambda m: m.failed_after == 0 and m.hung == 0)
HANGS = Claim("requests hang until the fault is healed", lambda m: m.hung > 0, gap=True)
SURVIVES = Claim(
    "no request fails or hangs, not even while the fault lasts",
    lambda m: m.failed == 0 and m.hung == 0,
)
QUICK = Claim(
    "what fails, fails quickly: none hangs, and none fails once the fault is over",
    lambda m: m.failed_after == 0 and m.hung == 0,
)
INTERRUPTED = Claim(
    "what is in flight fails, nothing else does, and nothing hangs",
    lambda m: m.failed_during > 0 and m.failed_after == 0 and m.hung == 0,
)
NO_VERDICT = Claim(
    "none: it is shown, and takes no part in the verdict", lambda _: True, decides=False
)


def claims(
    *,
    bare: Claim,
    same_settings: Claim,
    flask_hardened: Claim,
    quart_hardened: Claim,
    ping_only: Claim | None = None,
    **differing: Claim,
) -> Mapping[CellKey, Claim]:
    """Claims of the six cells; the stock drivers are expected to do the same on both stacks.

    Where they do not, *differing* says so, as in ``quart_bare=FAILS``. With *ping_only*, a second
    control is run, without pool_recycle.
    """
    found: dict[CellKey, Claim] = {}
    for stack in STACKS:
        if ping_only is not None:
            found[stack, "ping-only"] = ping_only
        found[stack, "bare"] = differing.get(f"{stack}_bare", bare)
        found[stack, "same-settings"] = differing.get(f"{stack}_same_settings", same_settings)
    found["flask", "hardened"], found["quart", "hardened"] = flask_hardened, quart_hardened
    return MappingProxyType(found)


def on_both(profile: Profile, note: str) -> Mapping[CellKey, str]:
    """A note on a profile's cells of both stacks."""
    return {(stack, profile): note for stack in STACKS}


def everywhere(note: str) -> Mapping[CellKey, str]:
    """A note on the cells of every profile."""
    return {**on_both("bare", note), **on_both("same-settings", note), **on_both("hardened", note)}


CLOSED = claims(
    bare=FAILS, same_settings=RECOVERS, flask_hardened=RECOVERS, quart_hardened=RECOVERS
)
"""Of a fault that closes idle connections, which anybody can notice."""
PINGED = "the pre-ping finds out before the statement does, and the pool makes a new connection."
WHY_CLOSED = {
    **on_both(
        "bare",
        "nothing asks a connection whether it still lives: the statement that finds out fails.",
    ),
    **on_both("same-settings", PINGED),
    **on_both("hardened", PINGED),
}

IN_FLIGHT = claims(
    bare=INTERRUPTED,
    same_settings=INTERRUPTED,
    flask_hardened=INTERRUPTED,
    quart_hardened=INTERRUPTED,
)
"""Of a fault that ends what is under way, which no setting can bring back."""
WHY_IN_FLIGHT = everywhere(
    "what is under way is lost with its connection, whatever the settings: 503. Who asks again is"
    " served; an order, under its Idempotency-Key, once."
)

WHY_AWAY = everywhere("there is no connection to be had: 503 until there is.")

_UNBOUNDED = "neither SQLAlchemy nor the drivers give the wait for an answer an end."
WHY_UNBOUNDED = {**on_both("bare", _UNBOUNDED), **on_both("same-settings", _UNBOUNDED)}


Act = Callable[[Target[W]], AbstractAsyncContextManager[None]]
"""Entered, it does something to the target; left, it undoes what can be undone."""

TOLD_EARLY = (
    "what cannot be done is answered with 503 after 2 s, so that its client can come back. On Flask"
    " requests wait for one of 16 threads, for as long as their client does; those that are still"
    " waiting when the outage ends succeed."
)
"""Why Quart may answer more requests with an error than Flask, and hang on none."""

HANG_S = 6.0
"""An outage in which it shows whether requests hang: their clients wait 5 s."""


@contextlib.asynccontextmanager
async def _as_it_is(_: Target[Any]) -> AsyncIterator[None]:
    yield


@dataclass(frozen=True)
class Fault(Generic[W]):
    """One way in which a connection, a server or a network fails.

    Attributes:
        name: as in ``--only``.
        summary: what is done, in a few words.
        models: where this happens in production, with the source.
        topology: what stands between service and database.
        inject: entered when it has happened, left to heal it.
        claims: what each cell is expected to show.
        prepare: what has to be so from before the pool is warmed until all is counted.
        idle_s: how long the connections have been idle when it strikes.
        under_load: whether requests are on their way when it strikes.
        outage_s: seconds under load between injecting and healing; without them, it is over as
            soon as it is injected.
        shared: it touches the services of other cells too, which therefore have to wait.
        restarts_server: it needs a server that the lab may stop and start.
        owns_server: it needs a server that is the lab's own.
        notes: why each cell shows what it does.

    """

    name: str
    summary: str
    models: str
    topology: Topology[W]
    inject: Act[W]
    claims: Mapping[CellKey, Claim]
    prepare: Act[W] = _as_it_is
    idle_s: float = 0.0
    under_load: bool = False
    outage_s: float = 0.0
    shared: bool = False
    restarts_server: bool = False
    owns_server: bool = False
    notes: Mapping[CellKey, str] = field(default_factory=dict)

    def missing(self, server: Server) -> str | None:
        """What is missing for it here, and how to get it; None where nothing is."""
        if self.restarts_server and server.cannot_stop:
            return server.cannot_stop
        if (self.owns_server or self.topology.own_server) and server.not_own:
            return server.not_own
        return self.topology.missing()

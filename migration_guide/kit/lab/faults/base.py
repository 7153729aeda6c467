"""What a fault is: data, `inject` and `heal`."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from migration_guide.kit.lab.proxy import FaultProxy
from migration_guide.kit.lab.results import Measured
from migration_guide.kit.lab.server import Server
from migration_guide.kit.lab.stacks import STACKS, Profile, Stack
from migration_guide.kit.lab.waiting import wait_until


@dataclass(frozen=True)
class Target:
    """What a fault may touch: one service's way to the database, and the server."""

    server: Server
    proxy: FaultProxy
    application_name: str

    async def until_disconnected(self) -> None:
        """Wait until no connection of the service goes through the proxy any more."""
        await wait_until(
            lambda: self.proxy.open_connections == 0,
            deadline_s=5,
            what="the service's connections to end",
        )


@dataclass(frozen=True)
class Claim:
    """What a cell is expected to show.

    Attributes:
        text: in words.
        holds: whether the figures show it.
        decides: False where the cell is shown but takes no part in the verdict.

    """

    text: str
    holds: Callable[[Measured], bool]
    decides: bool = True

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
            (measured.stock_off_by, "is what stock and order lines differ by"),
            (measured.leaked_connections, "connections are leaked"),
        ):
            if figure:
                found.append(f"{figure} {what}")
        return tuple(found)


FAILS = Claim("at least one request fails (the control)", lambda m: m.failed > 0)
RECOVERS = Claim("no request fails or hangs", lambda m: m.failed_after == 0 and m.hung == 0)
HANGS = Claim("requests hang until the fault is healed", lambda m: m.hung > 0)
SURVIVES = Claim(
    "no request fails or hangs, not even while the fault lasts",
    lambda m: m.failed == 0 and m.hung == 0,
)
NO_VERDICT = Claim(
    "none: it is shown, and takes no part in the verdict", lambda _: True, decides=False
)


def claims(
    *, bare: Claim, same_settings: Claim, flask_hardened: Claim, quart_hardened: Claim
) -> Mapping[tuple[Stack, Profile], Claim]:
    """Claims of the six cells; the stock drivers are expected to do the same on both stacks."""
    found: dict[tuple[Stack, Profile], Claim] = {}
    for stack in STACKS:
        found[stack, "bare"], found[stack, "same-settings"] = bare, same_settings
    found["flask", "hardened"], found["quart", "hardened"] = flask_hardened, quart_hardened
    return MappingProxyType(found)


CLOSED = claims(
    bare=FAILS, same_settings=RECOVERS, flask_hardened=RECOVERS, quart_hardened=RECOVERS
)
"""Of a fault that closes the connections, which anybody can notice."""


async def _nothing(_: Target) -> None:
    """Nothing is left to heal."""


@dataclass(frozen=True)
class Fault:
    """One way in which a connection, a server or a network fails.

    Attributes:
        name: as in ``--only``.
        summary: what is done, in a few words.
        models: where this happens in production, with the source.
        inject: makes it happen; returns when it has.
        heal: ends it. A fault without an outage is over as soon as it is injected.
        idle_s: how long the connections have been idle when it strikes.
        outage_s: seconds under load between the two; 0: no request is sent in between.
        claims: what each cell is expected to show.
        stops_server: it needs a server that the lab may stop and start.
        notes: why a cell shows what a reader would not expect.

    """

    name: str
    summary: str
    models: str
    inject: Callable[[Target], Awaitable[None]]
    claims: Mapping[tuple[Stack, Profile], Claim]
    heal: Callable[[Target], Awaitable[None]] = _nothing
    idle_s: float = 0.0
    outage_s: float = 0.0
    stops_server: bool = False
    notes: Mapping[tuple[Stack, Profile], str] = field(default_factory=dict)

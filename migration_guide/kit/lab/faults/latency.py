"""Every round trip takes longer."""

import contextlib
from collections.abc import AsyncIterator

from migration_guide.kit.lab.faults.base import Claim, Fault, claims, everywhere
from migration_guide.kit.lab.results import Measured
from migration_guide.kit.lab.target import Target
from migration_guide.kit.lab.topology.direct import DIRECT, Proxied

ONE_WAY_S = 0.025


def _varies(measured: Measured) -> str | None:
    """Whether, before the fault, answers differed by as much as the fault is to add."""
    before = measured.latency_before
    if before is None or before.spread_s <= 2 * ONE_WAY_S:
        return None
    return (
        f"before the fault, answers took between one and another {1000 * before.spread_s:.0f} ms"
        f" more (quartiles): {2000 * ONE_WAY_S:g} ms do not show on this machine"
    )


SLOWED = Claim(
    f"no request fails or hangs, each takes a round trip of {2000 * ONE_WAY_S:g} ms longer or more",
    lambda m: (
        m.failed == m.hung == 0
        and m.latency_before is not None
        and m.latency_during is not None
        and m.latency_during.median_s > m.latency_before.median_s + 2 * ONE_WAY_S
    ),
    noise=_varies,
)


@contextlib.asynccontextmanager
async def inject(target: Target[Proxied]) -> AsyncIterator[None]:
    with target.way.healing("latency") as proxy:
        proxy.latency(ONE_WAY_S)
        yield


FAULT = Fault(
    name="latency",
    summary="50 ms more for each round trip",
    models="a database in another region or zone, a congested link (Toxiproxy's latency)",
    topology=DIRECT,
    inject=inject,
    outage_s=3.0,
    claims=claims(bare=SLOWED, same_settings=SLOWED, flask_hardened=SLOWED, quart_hardened=SLOWED),
    notes=everywhere(
        "each round trip of a request takes so much longer: what has fewer of them gains most."
    ),
)

"""The faults that can be shown to any service, with what is expected of it."""

import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import replace
from typing import Any

from migration_guide.kit.lab.faults import (
    black_hole_all,
    black_hole_idle,
    idle_terminated,
    latency,
    peer_closed,
    reset_peer,
    server_crash,
    server_restart,
    slow_drip,
)
from migration_guide.kit.lab.faults.base import QUICK, RECOVERS, SURVIVES, Claim, Fault
from migration_guide.kit.lab.target import Target
from migration_guide.kit.lab.topology.direct import DIRECT

PROFILE = "own"
"""Of every cell: the settings are the service's, and the kit does not know them."""


@contextlib.asynccontextmanager
async def _restart_service(target: Target[Any]) -> AsyncIterator[None]:
    await target.service.restart()
    yield


SERVICE_RESTART: Fault[Any] = Fault(
    name="service-restarted",
    summary="SIGTERM under load, then a new process",
    models="a deployment without a load balancer before it",
    topology=DIRECT,
    inject=_restart_service,
    under_load=True,
    claims={},
)

BY_PROXY: Mapping[str, tuple[Fault[Any], Claim]] = {
    fault.name: (fault, claim)
    for fault, claim in (
        (reset_peer.FAULT, RECOVERS),
        (peer_closed.FAULT, RECOVERS),
        (black_hole_idle.FAULT, SURVIVES),
        (black_hole_all.FAULT, QUICK),
        (latency.FAULT, SURVIVES),
        (slow_drip.FAULT, QUICK),
    )
}
"""What the proxy alone can do, to connections of the service that is looked at."""

WITH_LEAVE: Mapping[str, tuple[Fault[Any], Claim]] = {
    fault.name: (fault, claim)
    for fault, claim in (
        (idle_terminated.FAULT, RECOVERS),
        (server_restart.FAULT, RECOVERS),
        (server_crash.FAULT, RECOVERS),
        (SERVICE_RESTART, RECOVERS),
    )
}
"""What ends sessions, servers or services, and therefore needs --allow-faults."""

FAULTS = {**BY_PROXY, **WITH_LEAVE}


def for_services(names: Iterable[str], services: Iterable[str]) -> list[Fault[Any]]:
    """The faults, with a claim for each of the services."""
    subjects = list(services)
    found = []
    for name in names:
        fault, claim = FAULTS[name]
        claims = {(service, PROFILE): claim for service in subjects}
        found.append(replace(fault, claims=claims, notes={}))
    return found

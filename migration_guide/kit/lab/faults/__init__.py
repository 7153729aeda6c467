"""The faults, each in a file of its own, in the order in which they run."""

from typing import Any

from migration_guide.kit.lab.faults import (
    backend_killed,
    black_hole_all,
    black_hole_idle,
    black_hole_mid_query,
    client_abort,
    demoted_primary,
    failover,
    frozen_server,
    idle_in_transaction,
    idle_session_timeout,
    idle_terminated,
    killed_at_commit,
    killed_mid_query,
    killed_mid_transaction,
    latency,
    nat_idle_drop,
    nat_idle_reset,
    packet_loss,
    peer_closed,
    pool_exhausted,
    pooler,
    pooler_restart,
    reset_peer,
    schema_change,
    server_away,
    server_crash,
    server_restart,
    service_restart,
    slow_drip,
    tls_closed,
    too_many_connections,
)
from migration_guide.kit.lab.faults.base import Fault

TOUR: tuple[Fault[Any], ...] = (
    idle_terminated.FAULT,
    server_restart.FAULT,
    server_crash.FAULT,
    reset_peer.FAULT,
    peer_closed.FAULT,
    black_hole_idle.FAULT,
)
"""The short tour: what the two settings are for, and where they end; needs nothing but Python."""

FAULTS: dict[str, Fault[Any]] = {
    fault.name: fault
    for fault in (
        *TOUR,
        backend_killed.FAULT,
        server_away.FAULT,
        idle_session_timeout.FAULT,
        idle_in_transaction.FAULT,
        killed_mid_query.FAULT,
        killed_mid_transaction.FAULT,
        killed_at_commit.FAULT,
        black_hole_mid_query.FAULT,
        black_hole_all.FAULT,
        frozen_server.FAULT,
        latency.FAULT,
        slow_drip.FAULT,
        pool_exhausted.FAULT,
        too_many_connections.FAULT,
        client_abort.FAULT,
        service_restart.FAULT,
        schema_change.FAULT,
        pooler.FAULT,
        pooler_restart.FAULT,
        tls_closed.FAULT,
        nat_idle_drop.FAULT,
        nat_idle_reset.FAULT,
        black_hole_mid_query.PACKETS,
        black_hole_all.PACKETS,
        packet_loss.FAULT,
        failover.FAULT,
        demoted_primary.FAULT,
    )
}

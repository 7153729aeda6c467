"""Idle sessions are ended by an administrator or by a managed service's maintenance."""

import contextlib
from collections.abc import AsyncIterator

from migration_guide.kit.lab.faults.base import CLOSED, WHY_CLOSED, Fault
from migration_guide.kit.lab.target import Target
from migration_guide.kit.lab.topology.direct import DIRECT, Proxied


@contextlib.asynccontextmanager
async def inject(target: Target[Proxied]) -> AsyncIterator[None]:
    async with target.way.disconnecting():
        await target.server.terminate_sessions(target.database)
    yield


FAULT = Fault(
    name="idle-terminated",
    summary="pg_terminate_backend() on every idle session",
    models=(
        "an administrator or a maintenance job that ends sessions"
        " (PostgreSQL manual, 9.28.2 Server Signaling Functions)"
    ),
    topology=DIRECT,
    inject=inject,
    claims=CLOSED,
    notes=WHY_CLOSED,
)

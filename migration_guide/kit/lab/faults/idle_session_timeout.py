"""The server ends sessions that have been idle for too long."""

import contextlib
from collections.abc import AsyncIterator

from migration_guide.kit.lab.faults.base import CLOSED, WHY_CLOSED, Fault
from migration_guide.kit.lab.target import Target
from migration_guide.kit.lab.topology.direct import DIRECT, Proxied


@contextlib.asynccontextmanager
async def prepare(target: Target[Proxied]) -> AsyncIterator[None]:
    async with target.with_setting("idle_session_timeout", "1s"):
        yield


@contextlib.asynccontextmanager
async def inject(target: Target[Proxied]) -> AsyncIterator[None]:
    async with target.way.disconnecting():
        pass  # it only takes time
    yield


FAULT = Fault(
    name="idle-session-timeout",
    summary="the server's idle_session_timeout of 1 s ends the idle sessions",
    models=(
        "a server set up to rid itself of idle clients (PostgreSQL manual, 20.11.1 Statement"
        " Behavior: idle_session_timeout)"
    ),
    topology=DIRECT,
    prepare=prepare,
    inject=inject,
    claims=CLOSED,
    notes=WHY_CLOSED,
)

"""The service itself is restarted."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from migration_guide.kit.lab.faults.base import SURVIVES, Fault, claims, everywhere
from migration_guide.kit.lab.target import Target
from migration_guide.kit.lab.topology.direct import DIRECT, Proxied

IN_FLIGHT = 3


@contextlib.asynccontextmanager
async def inject(target: Target[Proxied]) -> AsyncIterator[None]:
    async with contextlib.AsyncExitStack() as statements:
        await statements.enter_async_context(target.stalled(IN_FLIGHT))
        restart = asyncio.create_task(target.service.restart())
        await asyncio.sleep(0)  # the signal is sent; the statements go on after it
        try:
            await statements.aclose()
        finally:
            await restart  # a process that is started later than this would outlive the cell
    yield


FAULT = Fault(
    name="service-restart",
    summary="SIGTERM with requests in flight, then a new process on the same socket",
    models="a deployment, a node that is drained (systemd's socket activation)",
    topology=DIRECT,
    inject=inject,
    under_load=True,
    claims=claims(
        bare=SURVIVES, same_settings=SURVIVES, flask_hardened=SURVIVES, quart_hardened=SURVIVES
    ),
    notes=everywhere(
        "the listening socket stays open: who connects waits for the new process, and the old one"
        " answers what it has begun."
    ),
)

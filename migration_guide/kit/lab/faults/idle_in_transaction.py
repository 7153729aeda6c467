"""The service stands still in the middle of a transaction, and the server ends it."""

import contextlib
from collections.abc import AsyncIterator

from migration_guide.kit.lab.faults.base import IN_FLIGHT, WHY_IN_FLIGHT, Fault
from migration_guide.kit.lab.target import PRODUCTS_FOR_UPDATE, Target
from migration_guide.kit.lab.topology.direct import DIRECT, Proxied

IN_FLIGHT_ORDERS = 3


@contextlib.asynccontextmanager
async def prepare(target: Target[Proxied]) -> AsyncIterator[None]:
    async with target.with_setting("idle_in_transaction_session_timeout", "500ms"):
        yield


@contextlib.asynccontextmanager
async def inject(target: Target[Proxied]) -> AsyncIterator[None]:
    with contextlib.ExitStack() as frozen:
        async with target.stalled(IN_FLIGHT_ORDERS, PRODUCTS_FOR_UPDATE) as pids:
            frozen.enter_context(target.service.frozen())
        # The statements have gone on; the next ones do not come.
        await target.server.until_gone(pids)
    yield


FAULT = Fault(
    name="idle-in-transaction",
    summary="the service is frozen in mid-transaction, longer than the server waits (500 ms)",
    models=(
        "a pause of the machine, swapping, a blocked event loop (PostgreSQL manual, 20.11.1"
        " Statement Behavior: idle_in_transaction_session_timeout)"
    ),
    topology=DIRECT,
    prepare=prepare,
    inject=inject,
    under_load=True,
    claims=IN_FLIGHT,
    notes=WHY_IN_FLIGHT,
)

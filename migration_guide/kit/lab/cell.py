"""Run one cell: warm the pool, inject the fault, send requests, count."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

from migration_guide.kit.lab import checker
from migration_guide.kit.lab.faults.base import Fault
from migration_guide.kit.lab.load import Load, Request
from migration_guide.kit.lab.results import Measured
from migration_guide.kit.lab.rig import Rig
from migration_guide.kit.lab.stacks import POOL_SIZE
from migration_guide.kit.lab.waiting import wait_until

WARM_CONNECTIONS = 3
WELL_DEADLINE_S = 10.0


class InconclusiveError(RuntimeError):
    """The cell says nothing about the fault: something else was wrong, as the message tells."""


@dataclass(frozen=True)
class Timing:
    """How a cell's load is sent.

    Attributes:
        rate: requests a second.
        before_s: seconds of load before the fault.
        after_s: seconds of load after it is over.
        client_deadline_s: a request without an answer by then has hung.

    """

    rate: float = 20.0
    before_s: float = 0.3
    after_s: float = 1.0
    client_deadline_s: float = 5.0


async def measure(fault: Fault, rig: Rig, timing: Timing, seed: int) -> Measured:
    """Show the service the fault.

    Raises:
        InconclusiveError: the service was not well before the fault.

    """
    async with Load(rig.service.url, timing.rate, timing.client_deadline_s, seed) as load:
        off_by_before = await _prepare(rig, load, timing)
        sent_before = len(load.requests)
        # Being idle for so long is itself the condition.
        await asyncio.sleep(fault.idle_s)
        try:
            await fault.inject(rig.target)
            if fault.outage_s:
                await load.send_for(fault.outage_s)
        finally:
            await fault.heal(rig.target)
        over = time.monotonic()
        await load.send_for(timing.after_s)
        await load.drain()
        return await _count(rig, load, load.requests[sent_before:], over, off_by_before)


async def _prepare(rig: Rig, load: Load, timing: Timing) -> int:
    """Warm the pool, and see that the service is well; the stock's difference so far."""

    async def answers() -> bool:
        return await load.get("/products/1") == 200

    # The fault of another service's cell may have left dead connections in this one's pool.
    await wait_until(answers, deadline_s=WELL_DEADLINE_S, what="the service to be well")
    await load.log_in()
    held = await rig.hold_connections(load, WARM_CONNECTIONS)
    if held < WARM_CONNECTIONS:
        raise InconclusiveError(f"the pool gave {held} of {WARM_CONNECTIONS} connections")
    await load.send_for(timing.before_s)
    await load.drain()
    if bad := [request for request in load.requests if request.outcome != "ok"]:
        raise InconclusiveError(
            f"before the fault, {len(bad)} of {len(load.requests)} requests did not succeed"
            f" ({bad[0].cause or bad[0].outcome})"
        )
    async with rig.server.connect(rig.database) as connection:
        return await checker.stock_off_by(connection)


async def _count(
    rig: Rig, load: Load, requests: list[Request], over: float, off_by_before: int
) -> Measured:
    failed = [request for request in requests if request.outcome == "failed"]
    recovery_s = _recovery(requests, over)
    orders: dict[str, dict[str, Any]] = {}
    acknowledged: dict[str, int] = {}
    for request in load.requests:
        if request.order is not None:
            orders[request.order["reference"]] = request.order
            if request.order_id is not None:
                acknowledged[request.order["reference"]] = request.order_id
    # As a careful client does: what was not acknowledged is sent again under the same key.
    for reference in orders.keys() - acknowledged.keys():
        order_id = await load.repeat(orders[reference])
        if order_id is not None:
            acknowledged[reference] = order_id
    async with rig.server.connect(rig.database) as connection:
        in_transaction = await checker.count_in_transaction(connection, rig.database)
        writes = await checker.check_writes(connection, orders, acknowledged)
        off_by = await checker.stock_off_by(connection)
    slots_lost = POOL_SIZE - await rig.hold_connections(load, POOL_SIZE)
    return Measured(
        sent=len(requests),
        failed_during=sum(request.start < over for request in failed),
        failed_after=sum(request.start >= over for request in failed),
        hung=sum(request.outcome == "hung" for request in requests),
        recovered=recovery_s is not None,
        recovery_s=recovery_s,
        lost_writes=writes.lost,
        doubled_writes=writes.doubled,
        stock_off_by=off_by - off_by_before,
        leaked_connections=max(in_transaction, slots_lost),
        causes=dict(Counter(request.cause for request in failed)),
    )


def _recovery(requests: list[Request], over: float) -> float | None:
    """Seconds from the fault's end to the first answer after which every request succeeds."""
    recovery_s = None
    for request in reversed(requests):
        if request.start < over or request.outcome != "ok":
            break
        recovery_s = (request.end or request.start) - over
    return recovery_s

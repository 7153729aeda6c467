"""Run one cell: warm the pool, inject the fault, send requests, count."""

import asyncio
import statistics
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from migration_guide.kit.lab import checker
from migration_guide.kit.lab.faults.base import Fault
from migration_guide.kit.lab.journal import Journal
from migration_guide.kit.lab.load import Load, Request
from migration_guide.kit.lab.results import Latency, Measured
from migration_guide.kit.lab.rig import Rig
from migration_guide.kit.lab.stacks import POOL_SIZE
from migration_guide.kit.lab.waiting import wait_until

WARM_CONNECTIONS = 3
WELL_DEADLINE_S = 15.0
SETTLE_S = 15.0


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

    @property
    def takes_s(self) -> float:
        """Of load, without the fault."""
        return self.before_s + self.after_s


@dataclass(frozen=True)
class _Phases:
    """When the fault struck and was over, and by how much the stock was off before."""

    struck: float
    over: float
    off_by_before: int


async def measure(
    fault: Fault[Any], rig: Rig[Any], timing: Timing, seed: int, journal: Journal
) -> Measured:
    """Show the service the fault; every request goes into the *journal*.

    Raises:
        InconclusiveError: the service was not well before the fault.

    """
    async with Load(
        rig.service.url, timing.rate, timing.client_deadline_s, seed, journal.record
    ) as load:
        target = rig.target(load)
        async with fault.prepare(target):
            off_by_before = await _prepare(rig, load, timing)
            # Being idle for so long is itself the condition.
            await asyncio.sleep(fault.idle_s)
            struck = time.monotonic()
            if fault.under_load:
                load.start()
            async with fault.inject(target):
                if fault.outage_s:
                    load.start()
                    await asyncio.sleep(fault.outage_s)
            phases = _Phases(struck, time.monotonic(), off_by_before)
            load.start()
            await asyncio.sleep(timing.after_s)
            await load.stop()
            await load.drain()
            await load.settle(SETTLE_S)
            measured = await _count(rig, load, phases)
            return replace(
                measured,
                struck_s=journal.seconds(phases.struck),
                over_s=journal.seconds(phases.over),
                late_s=round(load.late_s, 4),
            )


async def _prepare(rig: Rig[Any], load: Load, timing: Timing) -> int:
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


async def _count(rig: Rig[Any], load: Load, phases: _Phases) -> Measured:
    sent = [request for request in load.requests if request.outcome is not None]
    before = [request for request in sent if request.start < phases.struck]
    requests = [request for request in sent if request.start >= phases.struck]
    during = [request for request in requests if request.start < phases.over]
    after = [request for request in requests if request.start >= phases.over]
    failed = [request for request in requests if request.outcome == "failed"]
    recovery_s = recovery(requests, phases.over)
    async with rig.server.connect(rig.database) as connection:
        in_transaction = await checker.count_in_transaction(connection, rig.database)
        writes = await checker.check_writes(connection, load.orders, load.acknowledged)
        off_by = await checker.stock_off_by(connection)
    slots_lost = POOL_SIZE - await rig.hold_connections(load, POOL_SIZE)
    return Measured(
        sent=len(requests),
        failed_during=sum(request.start < phases.over for request in failed),
        failed_after=sum(request.start >= phases.over for request in failed),
        hung=sum(request.outcome == "hung" for request in requests),
        recovered=recovery_s is not None,
        recovery_s=recovery_s,
        longest_failure_s=max(
            (r.latency_s for r in failed if r.latency_s is not None), default=None
        ),
        latency_before=latency(before),
        latency_during=latency(during),
        latency_after=latency(after),
        repeated_writes=sum(request.attempt == 2 for request in load.history),
        lost_writes=writes.lost,
        doubled_writes=writes.doubled,
        half_writes=writes.half,
        stock_off_by=off_by - phases.off_by_before,
        leaked_connections=max(in_transaction, slots_lost),
        causes=dict(Counter(request.cause for request in failed)),
    )


def recovery(requests: list[Request], over: float) -> float | None:
    """Seconds from the fault's end to the first answer after which every request succeeds."""
    recovery_s = None
    for request in reversed(requests):
        if request.start < over or request.outcome != "ok":
            break
        recovery_s = (request.end or request.start) - over
    return recovery_s


def latency(requests: Iterable[Request]) -> Latency | None:
    """Of the requests that succeeded; None where there is none."""
    found = [r.latency_s for r in requests if r.outcome == "ok" and r.latency_s is not None]
    if not found:
        return None
    first, _, third = statistics.quantiles(found, n=4) if len(found) > 1 else found * 3
    return Latency(statistics.median(found), longest_s=max(found), spread_s=third - first)

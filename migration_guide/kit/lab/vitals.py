"""What a service takes when nothing is wrong: round trips to the database, and memory."""

from collections.abc import Awaitable, Callable
from functools import partial

from migration_guide.kit.lab.load import Load
from migration_guide.kit.lab.proxy import FaultProxy
from migration_guide.kit.lab.results import Vitals
from migration_guide.kit.lab.rig import Rig
from migration_guide.kit.lab.stacks import POOL_SIZE
from migration_guide.kit.lab.usage import Usage

DEADLINE_S = 5.0
SUCCESS = range(200, 300)
REPETITIONS = 4 * POOL_SIZE
"""Each connection of a pool that a fault has filled prepares its statements anew, and orders differ
in theirs: after 20 orders no connection had all of them (measured after `schema-change`)."""

Ask = Callable[[], Awaitable[int | None]]
"""A request; its status, None where there is no answer."""


async def measure(rig: Rig) -> Vitals:
    """Of a service that is well; it is warm afterwards, so that the memory is that of one at work.

    Raises:
        aiohttp.ClientError, TimeoutError: it is not.

    """
    async with Load(rig.service.url, rate=1, deadline_s=DEADLINE_S, seed=1) as load:
        await load.log_in()
        return Vitals(
            stack=rig.settings.stack,
            profile=rig.settings.profile,
            read_round_trips=await round_trips(rig.way.proxy, lambda: load.get("/products/1")),
            write_round_trips=await round_trips(rig.way.proxy, partial(_order, load)),
            memory_mb=round(Usage(rig.service).before_mb, 1),
        )


async def _order(load: Load) -> int | None:
    return (await load.place(load.new_order())).status


async def round_trips(proxy: FaultProxy, ask: Ask) -> int | None:
    """The fewest of many that were answered with success; None where none was."""
    counts = []
    for _ in range(REPETITIONS):
        before = proxy.round_trips
        if await ask() in SUCCESS:
            counts.append(proxy.round_trips - before)
    return min(counts, default=None)

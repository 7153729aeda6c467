"""What a service takes when nothing is wrong: round trips to the database, and memory."""

from collections.abc import Awaitable, Callable

from migration_guide.kit.lab.load import Load
from migration_guide.kit.lab.results import Vitals
from migration_guide.kit.lab.rig import Rig
from migration_guide.kit.lab.stacks import POOL_SIZE
from migration_guide.kit.lab.usage import Usage

DEADLINE_S = 5.0
REPETITIONS = 4 * POOL_SIZE
"""Each connection of a pool that a fault has filled prepares its statements anew, and orders differ
in theirs: after 20 orders no connection had all of them (measured after `schema-change`)."""

Ask = Callable[[], Awaitable[object]]


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
            read_round_trips=await _round_trips(rig, lambda: load.get("/products/1")),
            write_round_trips=await _round_trips(rig, lambda: load.place(load.new_order())),
            memory_mb=round(Usage(rig.service).before_mb, 1),
        )


async def _round_trips(rig: Rig, ask: Ask) -> int:
    """The fewest of many."""
    counts = []
    for _ in range(REPETITIONS):
        before = rig.way.proxy.round_trips
        await ask()
        counts.append(rig.way.proxy.round_trips - before)
    return min(counts)

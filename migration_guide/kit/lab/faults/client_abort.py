"""Clients hang up in the middle of their request."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from migration_guide.kit.lab import demo
from migration_guide.kit.lab.faults.base import (
    HANG_S,
    HANGS,
    RECOVERS,
    SURVIVES,
    Fault,
    claims,
    on_both,
)
from migration_guide.kit.lab.stacks import POOL_SIZE, THREADS
from migration_guide.kit.lab.target import Target, stall
from migration_guide.kit.lab.topology.direct import DIRECT, Proxied
from migration_guide.kit.lab.waiting import wait_until

DEADLINE_S = 5.0
PRODUCT = 11  # of which nobody else orders anything


@contextlib.asynccontextmanager
async def inject(target: Target[Proxied]) -> AsyncIterator[None]:
    await target.execute(
        "INSERT INTO products VALUES ($1, 'Chalk', 120, $2) ON CONFLICT DO NOTHING",
        PRODUCT,
        demo.INITIAL_STOCK,
    )
    lock = f"SELECT FROM products WHERE id = {PRODUCT} FOR UPDATE"
    async with stall(target.server, target.database, lock) as waiting:
        load = target.load
        clients = [asyncio.create_task(load.place(load.new_order(PRODUCT))) for _ in range(THREADS)]

        async def all_wait() -> bool:
            return len(await waiting()) >= POOL_SIZE

        try:
            await wait_until(all_wait, deadline_s=DEADLINE_S, what="the orders to wait")
        finally:
            for client in clients:
                client.cancel()
            await asyncio.gather(*clients, return_exceptions=True)
        yield


FAULT = Fault(
    name="client-abort",
    summary="16 clients leave while their orders wait for a lock; it is held for 6 seconds",
    models="users who press reload, a gateway's time limit, a mobile network",
    topology=DIRECT,
    inject=inject,
    outage_s=HANG_S,
    claims=claims(
        bare=HANGS,
        same_settings=HANGS,
        flask_hardened=RECOVERS,
        quart_hardened=SURVIVES,
        quart_bare=SURVIVES,
        quart_same_settings=SURVIVES,
    ),
    notes={
        **on_both(
            "bare",
            "on Flask a client that has left keeps its thread and its connection until the database"
            " answers; on Quart its request is cancelled, down to the statement in the server.",
        ),
        **on_both("same-settings", "as without them: the two settings have no part in it."),
        ("flask", "hardened"): "statement_timeout gives thread and connection back after 2 s.",
        ("quart", "hardened"): "the request is cancelled, down to the statement in the server.",
    },
)

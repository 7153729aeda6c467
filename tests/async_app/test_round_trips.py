"""How often a request waits for the database, as the proxy counts."""

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from migration_guide.kit.lab.load import Load
from migration_guide.kit.lab.rig import Rig
from migration_guide.kit.lab.runner import Lab
from migration_guide.kit.lab.stacks import Profile, Stack

Request = Callable[[Load], Coroutine[Any, Any, Any]]


async def show_product(load: Load) -> None:
    assert await load.get("/products/1") == 200


async def list_products(load: Load) -> None:
    assert await load.get("/products") == 200


async def place_order(load: Load) -> None:
    """With an Idempotency-Key: claim the key, lock the product, write, remember the answer."""
    assert (await load.place(load.new_order())).outcome == "ok"


async def count(rig: Rig, load: Load, request: Request) -> int:
    """Of a hot request: the fewest of many, as each connection prepares its statements first."""
    counts = []
    for _ in range(20):
        before = rig.way.proxy.round_trips
        await request(load)
        counts.append(rig.way.proxy.round_trips - before)
    return min(counts)


@pytest.mark.parametrize(
    ("stack", "profile", "request_", "expected"),
    [
        ("quart", "hardened", show_product, 1),
        ("quart", "same-settings", show_product, 4),
        ("flask", "same-settings", show_product, 4),
        ("quart", "hardened", list_products, 4),
        ("quart", "same-settings", list_products, 7),
        ("flask", "same-settings", list_products, 5),
        ("quart", "hardened", place_order, 8),
        ("quart", "same-settings", place_order, 11),
        ("flask", "same-settings", place_order, 9),
    ],
)
async def test_round_trips(
    lab: Lab, stack: Stack, profile: Profile, request_: Request, expected: int
) -> None:
    rig = await lab.rig(stack, profile)
    async with Load(rig.service.url, rate=1, deadline_s=5, seed=1) as load:
        await load.log_in()
        assert await count(rig, load, request_) == expected

"""Hardened, no answer takes longer than its deadline."""

import asyncio
import time

import aiohttp
import pytest

from migration_guide.kit.lab.rig import Rig
from migration_guide.kit.lab.runner import Lab
from migration_guide.kit.lab.stacks import DEADLINE_S
from migration_guide.kit.lab.target import ALL_PRODUCTS, stall
from migration_guide.kit.lab.waiting import wait_until

SLACK_S = 1.5


async def ask(rig: Rig, client: aiohttp.ClientSession) -> int:
    async with client.get(f"{rig.service.url}/products/1") as response:
        if response.status == 503:
            assert response.headers["Retry-After"] == "1"
        return response.status


@pytest.fixture
async def rig(lab: Lab) -> Rig:
    return await lab.rig("quart", "hardened")


async def test_a_black_hole_mid_query_is_503_in_time_and_the_next_succeeds(rig: Rig) -> None:
    async with aiohttp.ClientSession() as client:
        assert await ask(rig, client) == 200
        start = time.monotonic()
        async with stall(rig.server, rig.database, ALL_PRODUCTS) as waiting:
            request = asyncio.create_task(ask(rig, client))

            async def it_waits() -> bool:
                return bool(await waiting())

            await wait_until(it_waits, deadline_s=DEADLINE_S, what="the query to run")
            rig.way.proxy.timeout(existing=True, new=False)
            assert await request == 503
        assert time.monotonic() - start < DEADLINE_S + SLACK_S
        assert await ask(rig, client) == 200
    rig.way.proxy.heal()


async def test_a_database_that_is_silent_altogether_is_503_in_time(rig: Rig) -> None:
    async with aiohttp.ClientSession() as client:
        assert await ask(rig, client) == 200
        rig.way.proxy.timeout()
        try:
            start = time.monotonic()
            assert await ask(rig, client) == 503
            assert time.monotonic() - start < 2 * DEADLINE_S + SLACK_S
        finally:
            rig.way.proxy.heal()
        assert await ask(rig, client) == 200


async def test_with_the_two_settings_alone_it_hangs(lab: Lab) -> None:
    """The control."""
    rig = await lab.rig("quart", "same-settings")
    timeout = aiohttp.ClientTimeout(total=2 * DEADLINE_S + SLACK_S)
    async with aiohttp.ClientSession(timeout=timeout) as client:
        assert await ask(rig, client) == 200
        rig.way.proxy.timeout()
        try:
            with pytest.raises(TimeoutError):
                await ask(rig, client)
        finally:
            rig.way.proxy.heal()

        async def well() -> bool:
            return await ask(rig, client) == 200

        await wait_until(well, deadline_s=10, what="the service to be well again")

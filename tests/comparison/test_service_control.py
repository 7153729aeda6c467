"""What the lab does to a service is what its words say."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator

import aiohttp
import pytest

from migration_guide.kit.lab.load import Load
from migration_guide.kit.lab.rig import Rig
from migration_guide.kit.lab.runner import Lab
from migration_guide.kit.lab.service import KilledError
from migration_guide.kit.lab.stacks import STACKS, Stack
from migration_guide.kit.lab.target import ALL_PRODUCTS, stall
from migration_guide.kit.lab.waiting import wait_until

pytestmark = pytest.mark.once

IN_FLIGHT = 3


@pytest.fixture(params=STACKS)
async def rig(lab: Lab, request: pytest.FixtureRequest) -> Rig:
    stack: Stack = request.param
    return await lab.rig(stack, "hardened")


@contextlib.asynccontextmanager
async def in_flight(rig: Rig, load: Load) -> AsyncIterator[list[asyncio.Task[int | None]]]:
    """Requests that wait in the database, until the end of the block."""
    async with stall(rig.server, rig.database, ALL_PRODUCTS) as waiting:
        requests = [asyncio.create_task(load.get("/products/1")) for _ in range(IN_FLIGHT)]

        async def all_wait() -> bool:
            return len(await waiting()) == IN_FLIGHT

        await wait_until(all_wait, deadline_s=5, what="the requests to be in flight")
        yield requests


async def test_a_restart_answers_what_is_in_flight_and_keeps_who_connects_waiting(rig: Rig) -> None:
    async with Load(rig.service.url, rate=20, deadline_s=8, seed=1) as load:
        before = rig.service.pid
        async with in_flight(rig, load) as requests:
            restart = asyncio.create_task(rig.service.restart())
            await asyncio.sleep(0)  # the signal is sent
            late = asyncio.create_task(load.get("/products/1"))
        assert await asyncio.gather(*requests, late) == [200] * (IN_FLIGHT + 1)
        await restart
        assert rig.service.pid != before


async def test_a_kill_breaks_what_is_in_flight(rig: Rig) -> None:
    """The control."""
    async with Load(rig.service.url, rate=20, deadline_s=8, seed=1) as load:
        async with in_flight(rig, load) as requests:
            os.killpg(rig.service.pid, signal.SIGKILL)
            assert await asyncio.gather(*requests) == [None] * IN_FLIGHT
        with pytest.raises(KilledError, match="had to be killed"):
            await rig.service.restart()
        assert await load.get("/products/1") == 200


async def test_frozen_it_answers_nobody_and_then_everybody(rig: Rig) -> None:
    timeout = aiohttp.ClientTimeout(total=8)
    async with aiohttp.ClientSession(rig.service.url, timeout=timeout) as client:
        with rig.service.frozen():
            request = asyncio.create_task(client.get("/health/live"))
            done, _ = await asyncio.wait([request], timeout=0.5)
            assert not done
        async with await request as response:
            assert response.status == 200

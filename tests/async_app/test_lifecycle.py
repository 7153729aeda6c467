"""What only the Quart service does: cancelled requests, and a stop in time."""

import asyncio
from pathlib import Path

import aiohttp
import pytest

from migration_guide.kit.lab import demo
from migration_guide.kit.lab.load import Load
from migration_guide.kit.lab.proxy import FaultProxy
from migration_guide.kit.lab.runner import Lab
from migration_guide.kit.lab.server import Server
from migration_guide.kit.lab.service import Service
from migration_guide.kit.lab.stacks import POOL_SIZE, Profile
from migration_guide.kit.lab.waiting import wait_until


async def test_clients_that_leave_cost_no_connection(lab: Lab) -> None:
    rig = await lab.rig("quart", "same-settings")
    async with (
        Load(rig.service.url, rate=1, deadline_s=5, seed=1) as load,
        rig.server.connect(rig.database) as watcher,
    ):
        await load.log_in()

        async def waiting() -> int:
            count: int = await watcher.fetchval(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE application_name = $1 AND backend_type = 'client backend'"
                " AND state <> 'idle'",
                rig.database,
            )
            return count

        async def all_wait() -> bool:
            return await waiting() == POOL_SIZE

        async def none_waits() -> bool:
            return await waiting() == 0

        async with rig.server.connect(rig.database) as locker, locker.transaction():
            await locker.execute("LOCK TABLE products IN ACCESS EXCLUSIVE MODE")
            requests = [asyncio.create_task(load.place(load.new_order())) for _ in range(40)]
            await wait_until(all_wait, deadline_s=10, what="the pool to be used up")
            for request in requests:
                request.cancel()
            await asyncio.gather(*requests, return_exceptions=True)
            # Still locked: what waited there was cancelled on the server too.
            await wait_until(none_waits, deadline_s=10, what="the queries to be cancelled")
        assert await rig.hold_connections(load, POOL_SIZE) == POOL_SIZE


async def test_connections_that_are_in_use_are_seen_to_be_missing(lab: Lab) -> None:
    """The control of the test above: what is held elsewhere cannot be held again."""
    rig = await lab.rig("quart", "same-settings")
    async with Load(rig.service.url, rate=1, deadline_s=10, seed=1) as load:
        async with rig.server.connect(rig.database) as locker, locker.transaction():
            await locker.execute("LOCK TABLE customers IN ACCESS EXCLUSIVE MODE")
            logins = [asyncio.create_task(load.log_in()) for _ in range(4)]
            assert await rig.hold_connections(load, POOL_SIZE) < POOL_SIZE
        await asyncio.gather(*logins)


@pytest.mark.parametrize("profile", ["hardened", "same-settings"])
async def test_the_process_ends_in_time_though_the_database_is_silent(
    server: Server, tmp_path: Path, profile: Profile
) -> None:
    name = f"port_kit_test_stop_{profile[:4]}"
    async with server.database(name) as database:
        await demo.set_up(server.url(database))
        with FaultProxy(server.host, server.port) as proxy:
            url = server.url(database, via=(proxy.host, proxy.port))
            async with Service("quart", url, profile=profile, folder=tmp_path) as service:
                async with (
                    aiohttp.ClientSession(service.url) as client,
                    client.get("/products/1") as response,
                ):
                    assert response.status == 200
                assert proxy.open_connections in {1, 2}  # the check at the start may have one
                proxy.timeout()
                assert await service.stop() == 0  # by itself: it was not killed
    log = await asyncio.to_thread((tmp_path / "quart.log").read_text)
    # The stock dialect needs the service's own bound, the resilient one keeps its own.
    assert ("did not close within 3.0 s" in log) is (profile == "same-settings")

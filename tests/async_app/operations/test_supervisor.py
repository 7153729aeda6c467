"""Several workers on one socket: one that ends is replaced, and a deployment costs no request."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from migration_guide.kit.lab.server import Server
from migration_guide.kit.lab.service import Service
from migration_guide.kit.lab.waiting import wait_until

from .conftest import Serve, workers_of


async def until_workers(service: Service, count: int, *, but: set[int]) -> None:
    """Wait until so many workers run, none of which is one of *but*."""

    def there() -> bool:
        pids = {worker.pid for worker in workers_of(service)}
        return len(pids) == count and not pids & but

    await wait_until(there, deadline_s=30, what=f"{count} new workers")


class Clients:
    """Ask without a pause, over connections that are kept, or a new one each time.

    Each counts what is not a 200.

    A request whose kept connection is closed before a byte of an answer is sent once more, as HTTP
    clients do with idempotent ones (RFC 9110, 9.2.2).
    """

    def __init__(self, url: str, *, keep: bool = True) -> None:
        self._url = url
        self._keep = keep
        self.answered = 0
        self.failed: list[str] = []

    async def ask(self) -> None:
        connector = aiohttp.TCPConnector(limit=1, force_close=not self._keep)
        async with aiohttp.ClientSession(self._url, connector=connector) as session:
            while True:
                try:
                    async with session.get("/products/1") as response:
                        await response.read()
                        if response.status != 200:
                            self.failed.append(str(response.status))
                except aiohttp.ClientError as error:
                    self.failed.append(repr(error))
                self.answered += 1

    @contextlib.asynccontextmanager
    async def asking(self, count: int) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(self.ask()) for _ in range(count)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_killed_worker_is_replaced_and_the_service_goes_on(serve: Serve) -> None:
    async with serve(workers=2) as service:
        before = {worker.pid for worker in workers_of(service)}
        assert len(before) == 2
        os.kill(min(before), signal.SIGKILL)
        await until_workers(service, 2, but={min(before)})
        assert max(before) in {worker.pid for worker in workers_of(service)}
        async with aiohttp.ClientSession(service.url) as client:
            for _ in range(10):
                async with client.get("/products/1") as response:
                    assert response.status == 200
        assert await service.stop() == 0
    assert "ended with exit code -9; another one is started" in service.log()


async def test_hypercorns_own_workers_end_together(serve: Serve) -> None:
    """The control: it even says that all is well."""
    async with serve("same-settings", workers=2) as service:
        os.kill(workers_of(service)[0].pid, signal.SIGKILL)
        async with asyncio.timeout(20):
            assert await service.wait() == 0


async def test_a_worker_whose_loop_is_blocked_is_replaced(
    server: Server, database: str, tmp_path: Path
) -> None:
    class Impatient(Service):
        def _server_command(self, fd: int) -> list[str]:
            return [*super()._server_command(fd), "--silence-timeout", "2"]

    async with Impatient("quart", server.url(database), folder=tmp_path) as service:
        (worker,) = workers_of(service)
        worker.suspend()
        await until_workers(service, 1, but={worker.pid})
        assert "is silent: its event loop is blocked" in service.log()


@pytest.mark.parametrize("keep", [True, False], ids=["kept connections", "new connections"])
async def test_workers_that_are_rolled_under_load_fail_no_request(
    serve: Serve, *, keep: bool
) -> None:
    async with serve(workers=2) as service:
        clients = Clients(service.url, keep=keep)
        async with clients.asking(8):
            for pid in [worker.pid for worker in workers_of(service)]:
                count = clients.answered
                await wait_until(
                    lambda count=count: clients.answered > count + 100,  # type: ignore[misc]
                    deadline_s=20,
                    what="load",
                )
                os.kill(pid, signal.SIGTERM)
                await until_workers(service, 2, but={pid})
            before = {worker.pid for worker in workers_of(service)}
            os.kill(service.pid, signal.SIGHUP)  # and all of them by the supervisor
            await until_workers(service, 2, but=before)
            count = clients.answered
            await wait_until(
                lambda: clients.answered > count + 100, deadline_s=20, what="load on the new ones"
            )
        assert clients.failed == []


async def test_the_machine_stays_ready_while_its_workers_are_replaced(serve: Serve) -> None:
    """Though each would be not ready for a while before it stops by itself."""
    async with serve(workers=2, DRAIN_S="60") as service:
        before = {worker.pid for worker in workers_of(service)}
        os.kill(service.pid, signal.SIGHUP)
        replaced = asyncio.create_task(until_workers(service, 2, but=before))
        connector = aiohttp.TCPConnector(force_close=True)
        async with aiohttp.ClientSession(service.url, connector=connector) as client:
            while not replaced.done():
                async with client.get("/health/ready") as response:
                    assert response.status == 200, await response.text()
        await replaced
        os.kill(service.pid, signal.SIGKILL)  # else it would drain


async def test_a_worker_that_is_killed_during_a_replacement_is_not_replaced_twice(
    serve: Serve,
) -> None:
    async with serve(workers=2) as service:
        first, second = workers_of(service)
        os.kill(first.pid, signal.SIGKILL)
        await wait_until(
            lambda: "another one is started" in service.log(), deadline_s=10, what="the notice"
        )
        os.kill(service.pid, signal.SIGHUP)
        await until_workers(service, 2, but={first.pid, second.pid})
        between = {worker.pid for worker in workers_of(service)}
        os.kill(service.pid, signal.SIGHUP)  # a replacement too many would be seen by its end
        await until_workers(service, 2, but=between)


async def test_workers_end_when_nobody_looks_after_them(serve: Serve) -> None:
    async with serve(workers=2) as service:
        workers = workers_of(service)
        os.kill(service.pid, signal.SIGKILL)
        await service.wait()
        await wait_until(
            lambda: not any(map(psutil.Process.is_running, workers)),
            deadline_s=20,
            what="the workers to end",
        )


async def test_each_worker_answers_for_the_metrics_of_all(serve: Serve) -> None:
    async with serve(workers=2) as service:
        for _ in range(20):
            connector = aiohttp.TCPConnector(force_close=True)
            async with (
                aiohttp.ClientSession(service.url, connector=connector) as client,
                client.get("/products/1") as response,
            ):
                assert response.status == 200
        for _ in range(4):
            async with aiohttp.ClientSession(service.url) as client, client.get("/metrics") as got:
                text = await got.text()
            values = {
                (sample.name, sample.labels.get("route")): sample.value
                for family in text_string_to_metric_families(text)
                for sample in family.samples
            }
            assert values["http_requests_total", "/products/{product_id}"] == 20


async def test_a_wrong_setting_is_said_once_and_ends_it_with_code_2(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "async_app", "--bind", "127.0.0.1:0", "--workers", "3"),
        cwd=tmp_path,
        env={**os.environ, "DATABASE_URL": "mysql://u:secret@h/x", "SECRET_KEY": "k"},
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate()
    assert process.returncode == 2
    assert errors.decode().count("DATABASE_URL names the driver 'mysql'") == 1
    assert b"secret" not in errors
    assert b"Traceback" not in errors

"""The services of one setting, and what they take of the machine."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Mapping
from typing import Self

import psutil

from migration_guide.kit.bench.http.plan import Served, Setting
from migration_guide.kit.lab import demo
from migration_guide.kit.lab.leftovers import temporary_folder
from migration_guide.kit.lab.server import Server
from migration_guide.kit.lab.service import Service

LOOK_EVERY_S = 0.1
MEMORY = 2**20

ON_UVICORN = (sys.executable, "-m", "migration_guide.kit.bench.http.on_uvicorn")


class MeasuredService(Service):
    """A service on the server that is asked for."""

    served: Served

    def _server_command(self, fd: int) -> list[str]:
        if self.served.runner == "uvicorn":
            return [*ON_UVICORN, str(fd)]
        command = super()._server_command(fd)
        return [*command, "--worker-class", "uvloop"] if self.served.runner == "uvloop" else command


@contextlib.asynccontextmanager
async def running(
    server: Server, setting: Setting, via: tuple[str, int] | None, name: str
) -> AsyncIterator[Mapping[Served, MeasuredService]]:
    """All services of *setting*, each with a database of its own, whose names begin with *name*."""
    wanted = dict.fromkeys(one for scenario in setting.scenarios for one in scenario.services)
    async with contextlib.AsyncExitStack() as stack:
        services = {}
        for number, served in enumerate(wanted):
            database = await stack.enter_async_context(server.database(f"{name}_{number}"))
            await demo.set_up(server.url(database))
            settings = served.settings(setting.pool)
            service = MeasuredService(
                served.stack,
                server.url(database, via=via),
                profile=served.profile,
                engine_options=settings.engine_options,
                folder=await stack.enter_async_context(temporary_folder("bench-")),
            )
            service.served = served
            services[served] = await stack.enter_async_context(service)
        yield services


class Usage:
    """What the process that answers takes, while the block runs: memory in MB, processor in s.

    A supervisor or master beside it, which does next to nothing, is left out.
    """

    def __init__(self, service: Service) -> None:
        leader = psutil.Process(service.pid)
        processes = [leader, *leader.children(recursive=True)]
        self._worker = max(processes, key=lambda one: one.memory_info().rss)
        self.before_mb = self.peak_mb = self._memory_mb()
        self._start_s = self._processor_s()
        self.processor_s = 0.0

    async def __aenter__(self) -> Self:
        self._looking = asyncio.create_task(self._look())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._looking.cancel()

    def begin(self) -> None:
        self._start_s = self._processor_s()

    def end(self) -> None:
        self.processor_s = self._processor_s() - self._start_s

    async def _look(self) -> None:
        while True:
            self.peak_mb = max(self.peak_mb, self._memory_mb())
            await asyncio.sleep(LOOK_EVERY_S)

    def _memory_mb(self) -> float:
        return float(self._worker.memory_info().rss) / MEMORY

    def _processor_s(self) -> float:
        times = self._worker.cpu_times()
        return float(times.user + times.system)

"""The services of one setting."""

import contextlib
import sys
from collections.abc import AsyncIterator, Mapping

from migration_guide.kit.bench.http.plan import Served, Setting
from migration_guide.kit.lab import demo
from migration_guide.kit.lab.leftovers import temporary_folder
from migration_guide.kit.lab.server import Server
from migration_guide.kit.lab.service import Service

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

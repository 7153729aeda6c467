"""Both stacks in one server process, as the cut-over chapter deploys them."""

import contextlib
import secrets
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from migration_guide.kit.cutover.plan import Plan
from migration_guide.kit.lab.proxy import FaultProxy
from migration_guide.kit.lab.server import Server
from migration_guide.kit.lab.service import Service
from migration_guide.kit.lab.stacks import STACKS, Stack, driver_url


class BothStacks(Service):
    """The application that *plan* names; *own* variables go to one of the stacks alone."""

    def __init__(
        self, plan: Plan, database_url: str, share_file: Path, own: dict[str, str], folder: Path
    ) -> None:
        super().__init__(
            "quart",  # leads: its server serves both
            database_url,
            folder=folder,
            workers=plan.workers,
            secret_key=secrets.token_urlsafe(),  # the shell's is another service's
            environment={
                "DATABASE_URL": driver_url("postgresql", database_url),  # each has its own driver
                "CUTOVER_SHARE_FILE": str(share_file),
                **own,
            },
        )
        self.name = "cut-over"
        self._app = plan.app

    def _server_command(self, fd: int) -> list[str]:
        return [
            *(sys.executable, "-m", "hypercorn", "--bind", f"fd://{fd}"),
            *("--workers", str(self._workers), "--graceful-timeout", "3", self._app),
        ]


@contextlib.asynccontextmanager
async def running(
    plan: Plan, server: Server, database: str, share_file: Path, folder: Path
) -> AsyncIterator[tuple[BothStacks, Mapping[Stack, FaultProxy]]]:
    """The service, and where the plan has one of them fail, their proxies before the database."""
    own: dict[str, str] = {}
    proxies: dict[Stack, FaultProxy] = {}
    async with contextlib.AsyncExitStack() as stack:
        if plan.fault == "new-stack-down":
            for name in STACKS:  # both, so that their times remain comparable
                proxies[name] = proxy = stack.enter_context(FaultProxy(server.host, server.port))
                url = server.url(database, via=(proxy.host, proxy.port))
                own[f"CUTOVER_{name.upper()}_DATABASE_URL"] = driver_url("postgresql", url)
        if plan.fault == "two-keys":
            own["CUTOVER_FLASK_SECRET_KEY"] = secrets.token_urlsafe()
        service = BothStacks(plan, server.url(database), share_file, own, folder)
        yield await stack.enter_async_context(service), proxies

"""The drill itself: customers who order while the share of the new stack moves."""

import asyncio
import os
import platform
import secrets
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from migration_guide.cutover import share
from migration_guide.kit.cutover.customers import Customer, crowd, finish, start
from migration_guide.kit.cutover.plan import Plan
from migration_guide.kit.cutover.results import Phase, Results
from migration_guide.kit.cutover.service import running
from migration_guide.kit.lab import checker, demo
from migration_guide.kit.lab.leftovers import temporary_folder
from migration_guide.kit.lab.proxy import FaultProxy
from migration_guide.kit.lab.server import Server
from migration_guide.kit.lab.stacks import Stack

DATABASE = "port_kit_cutover"
SETTLE_S = 15.0
PACKAGES = (
    *("async-port-kit", "flask", "flask-sqlalchemy", "psycopg2-binary"),
    *("quart", "sqlalchemy", "asyncpg", "hypercorn"),
)

Tell = Callable[[str], None]


async def run(plan: Plan, server: Server, tell: Tell, results: Results) -> None:
    """Carry out *plan*; what happens is in *results* as it happens.

    Raises:
        ServiceError: the service does not start, or nobody can log in.

    """
    name = f"{DATABASE}_{secrets.token_hex(4)}"
    about = _about(plan, await server.version())
    tell("Starting both stacks")
    async with server.database(name), temporary_folder("cutover-") as folder:
        await demo.set_up(server.url(name))
        async with server.connect(name) as connection:
            emails = await demo.add_customers(connection, plan.customers)
        share_file = folder / "share"
        async with (
            running(plan, server, name, share_file, folder) as (service, proxies),
            crowd(plan, service.url, emails) as customers,
        ):
            results.run, results.customers = about, customers
            tell("Logging in")
            await _enter(customers, share_file)
            await start(customers)
            await _move(plan, share_file, proxies, tell, results)
            tell("Waiting for the last answers")
            await finish(customers, SETTLE_S)
            await _check(server, name, results)
    results.interrupted = False


async def _enter(customers: list[Customer], share_file: Path) -> None:
    """Half of the customers log in on the old stack, the others on the new one."""
    for percent, entering in ((0, customers[::2]), (100, customers[1::2])):
        share.write(share_file, percent)
        for customer in entering:  # one after the other: hashing a password takes a processor
            await customer.enter()


async def _move(
    plan: Plan,
    share_file: Path,
    proxies: Mapping[Stack, FaultProxy],
    tell: Tell,
    results: Results,
) -> None:
    for percent in plan.shares:
        tell(f"The new stack serves {percent} %")
        results.end_phase()
        share.write(share_file, percent)
        phase = Phase(percent, begin=time.monotonic())
        results.phases.append(phase)
        await asyncio.sleep(plan.seconds / 2)
        if plan.fault == "new-stack-down" and percent == max(plan.shares):
            tell("The new stack's database is gone")
            phase.fault_at = time.monotonic()
            proxies["quart"].stop()
        await asyncio.sleep(plan.seconds / 2)
    results.end_phase()


async def _check(server: Server, name: str, results: Results) -> None:
    """Hold what the customers were told against the database."""
    async with server.connect(name) as connection:
        for phase in results.phases:
            sent, acknowledged = results.orders_of(phase)
            phase.writes = await checker.check_writes(connection, sent, acknowledged)
        results.stock_off_by = await checker.stock_off_by(connection)


def _about(plan: Plan, postgresql: str) -> dict[str, Any]:
    return {
        "versions": {"python": platform.python_version(), "postgresql": postgresql}
        | {name: version(name) for name in PACKAGES},
        "machine": {"system": platform.platform(), "cpus": os.cpu_count()},
        "app": plan.app,
        "fault": plan.fault,
        "quick": plan.quick,
        "shares": list(plan.shares),
        "seconds": plan.seconds,
        "customers": plan.customers,
        "rate": plan.rate,
        "workers": plan.workers,
    }

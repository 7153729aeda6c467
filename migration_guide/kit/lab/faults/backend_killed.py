"""One process of the server is killed: it ends all sessions and recovers."""

import contextlib
from collections.abc import AsyncIterator

from migration_guide.kit.lab.faults.base import FAILS, QUICK, Fault, claims, on_both
from migration_guide.kit.lab.target import Target
from migration_guide.kit.lab.topology.direct import DIRECT, Proxied

RECOVERING = (
    "the pre-ping finds the dead connections; what arrives while the server recovers fails at once."
)


@contextlib.asynccontextmanager
async def inject(target: Target[Proxied]) -> AsyncIterator[None]:
    async with target.server.connect(target.database) as connection:
        pid = await connection.fetchval(
            "SELECT pid FROM pg_stat_activity"
            " WHERE application_name = $1 AND backend_type = 'client backend' LIMIT 1",
            target.database,
        )
    target.server.own.kill_backend(pid)
    await target.server.until_answering()
    yield


FAULT = Fault(
    name="backend-killed",
    summary="SIGKILL of one backend, under load",
    models=(
        "the out-of-memory killer, or a crash in an extension: the server ends every session"
        " (57P02) and refuses new ones until it has recovered (57P03; PostgreSQL manual, 18.4.4"
        " Linux Memory Overcommit)"
    ),
    topology=DIRECT,
    inject=inject,
    under_load=True,
    claims=claims(bare=FAILS, same_settings=QUICK, flask_hardened=QUICK, quart_hardened=QUICK),
    shared=True,
    owns_server=True,
    notes={
        **on_both(
            "bare", "the dead connections fail, and so does what arrives while the server recovers."
        ),
        **on_both("same-settings", RECOVERING),
        **on_both("hardened", RECOVERING),
    },
)

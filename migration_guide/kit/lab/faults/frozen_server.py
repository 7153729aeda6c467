"""The server stands still, while its kernel goes on answering."""

import contextlib
from collections.abc import AsyncIterator

from migration_guide.kit.lab.faults.base import (
    HANG_S,
    HANGS,
    QUICK,
    TOLD_EARLY,
    WHY_UNBOUNDED,
    Fault,
    claims,
)
from migration_guide.kit.lab.target import Target
from migration_guide.kit.lab.topology.direct import DIRECT, Proxied


@contextlib.asynccontextmanager
async def inject(target: Target[Proxied]) -> AsyncIterator[None]:
    try:
        target.server.own.freeze()
        yield
    finally:
        target.server.own.thaw()


FAULT = Fault(
    name="frozen-server",
    summary="SIGSTOP of every process of the server",
    models=(
        "a disk that does not answer, a snapshot that stops the machine: the kernel still"
        " acknowledges packets and completes handshakes"
    ),
    topology=DIRECT,
    inject=inject,
    outage_s=HANG_S,
    claims=claims(bare=HANGS, same_settings=HANGS, flask_hardened=HANGS, quart_hardened=QUICK),
    shared=True,
    owns_server=True,
    notes={
        **WHY_UNBOUNDED,
        ("flask", "hardened"): (
            "TCP is well, so tcp_user_timeout and keepalives notice nothing, and statement_timeout"
            " would be the frozen server's to keep: nothing in libpq bounds the wait for an answer."
        ),
        ("quart", "hardened"): TOLD_EARLY,
    },
)

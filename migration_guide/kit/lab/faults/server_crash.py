"""The server stops without a shutdown and recovers from its log."""

from migration_guide.kit.lab.faults.base import CLOSED, Fault, Target


async def inject(target: Target) -> None:
    await target.server.restart("immediate")
    await target.until_disconnected()


FAULT = Fault(
    name="server-crash",
    summary="immediate shutdown, then start with crash recovery",
    models=(
        "the out-of-memory killer or a host that is replaced"
        " (PostgreSQL manual, 18.5 Shutting Down the Server: Immediate Shutdown)"
    ),
    inject=inject,
    claims=CLOSED,
    stops_server=True,
)

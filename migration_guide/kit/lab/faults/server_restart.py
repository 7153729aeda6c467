"""The server restarts while nothing is asked of it."""

from migration_guide.kit.lab.faults.base import CLOSED, Fault, Target


async def inject(target: Target) -> None:
    await target.server.restart("fast")
    await target.until_disconnected()


FAULT = Fault(
    name="server-restart",
    summary="fast shutdown, then start",
    models=(
        "a minor-version update or a maintenance window"
        " (PostgreSQL manual, 18.5 Shutting Down the Server: Fast Shutdown)"
    ),
    inject=inject,
    claims=CLOSED,
    stops_server=True,
)

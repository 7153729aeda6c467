"""Something between service and server closes the connections in order."""

from migration_guide.kit.lab.faults.base import CLOSED, Fault, Target


async def inject(target: Target) -> None:
    target.proxy.close_peer()
    await target.until_disconnected()


FAULT = Fault(
    name="peer-closed",
    summary="TCP FIN on every idle connection",
    models="a pooler that restarts or closes idle clients (PgBouncer's client_idle_timeout)",
    inject=inject,
    claims=CLOSED,
)

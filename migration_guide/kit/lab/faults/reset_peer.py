"""Something between service and server resets the connections."""

from migration_guide.kit.lab.faults.base import CLOSED, Fault, Target


async def inject(target: Target) -> None:
    target.proxy.reset_peer()
    await target.until_disconnected()


FAULT = Fault(
    name="reset-peer",
    summary="TCP RST on every idle connection",
    models=(
        "a load balancer that is replaced, or resets flows that were idle too long"
        " (Toxiproxy's reset_peer)"
    ),
    inject=inject,
    claims=CLOSED,
)

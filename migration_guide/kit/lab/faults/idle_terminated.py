"""Idle sessions are ended by an administrator or by a managed service's maintenance."""

from migration_guide.kit.lab.faults.base import CLOSED, Fault, Target


async def inject(target: Target) -> None:
    await target.server.terminate_sessions(target.application_name)
    await target.until_disconnected()


FAULT = Fault(
    name="idle-terminated",
    summary="pg_terminate_backend() on every idle session",
    models=(
        "an administrator or a maintenance job that ends sessions"
        " (PostgreSQL manual, 9.28.2 Server Signaling Functions)"
    ),
    inject=inject,
    claims=CLOSED,
)

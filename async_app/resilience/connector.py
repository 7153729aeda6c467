"""Try the servers of a connection string one after the other, as libpq does."""

from collections.abc import Mapping
from typing import Any

import asyncpg

from .libpq import Target

# libpq goes on to the next server when one cannot be reached, cannot serve yet, or is not what
# target_session_attrs asks for; any other refusal, such as of a password, is final (PostgreSQL
# manual, 32.1.1.3 "Specifying Multiple Hosts"; fe-connect.c).
NEXT_SERVER = (OSError, asyncpg.CannotConnectNowError, asyncpg.TargetServerAttributeNotMatched)


class ConnectError(Exception):
    """No server of a target took the connection; the last one's error is the cause."""


async def connect_to(target: Target, defaults: Mapping[str, Any]) -> asyncpg.Connection:
    """Connect to the first server that is what the target asks for.

    asyncpg would do this too, but with one timeout over all servers: a first one that is silent
    takes all of it. Here, as in libpq, each has its own.

    Args:
        defaults: arguments of ``asyncpg.connect()`` where the target has none.

    Raises:
        ConnectError: with a line for each server.

    """
    wanted = target.session_attributes
    rounds = ("standby", "any") if wanted == "prefer-standby" else (wanted,)
    failures: list[str] = []
    last: Exception | None = None
    for attributes in rounds:
        for host, port in target.hosts:
            try:
                connection = await asyncpg.connect(
                    host=host,
                    port=port,
                    timeout=target.timeout_s,
                    target_session_attrs=attributes,
                    **{**defaults, **target.arguments},
                )
            except Exception as error:
                last = error
                failures.append(_describe(host, port, target.timeout_s, error))
                if not isinstance(error, NEXT_SERVER):
                    raise ConnectError("\n".join(failures)) from error
            else:
                _set_options(connection, target)
                return connection
    raise ConnectError("\n".join(failures)) from last


def _describe(host: str | None, port: int | None, timeout_s: float | None, error: Exception) -> str:
    """In libpq's words, which handlers may look for."""
    place = f'"{host or "the default host"}", port {port or 5432}'
    if isinstance(error, TimeoutError):
        why = f"timeout expired: no answer within {timeout_s:g} s" if timeout_s else "timeout"
    elif isinstance(error, asyncpg.PostgresError):
        why = f"{error.severity}:  {error}"
    else:
        why = str(error) or type(error).__name__
    return f"connection to server at {place} failed: {why}"


def _set_options(connection: asyncpg.Connection, target: Target) -> None:
    # asyncpg has no public way to its socket.
    sock = connection._transport.get_extra_info("socket")
    if sock is not None and sock.family.name != "AF_UNIX":
        for option in target.socket_options:
            sock.setsockopt(*option)

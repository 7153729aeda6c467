"""Try the servers of a connection string one after the other, as libpq does."""

import math
from collections.abc import Mapping
from typing import Any

import asyncpg

from .checkout import seconds_left
from .libpq import Target

# As libpq, go on to the next server when one cannot be reached, cannot serve yet, or is not what
# target_session_attrs asks for; any other refusal, such as of a password, is final (PostgreSQL
# manual, 32.1.1.3 "Specifying Multiple Hosts"; fe-connect.c).
NEXT_SERVER = (OSError, asyncpg.CannotConnectNowError, asyncpg.TargetServerAttributeNotMatched)


class SocketOptionError(Exception):
    """A value that the system does not take, for this server as for any other."""


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
        for number, (host, port) in enumerate(target.hosts):
            timeout_s = _share(target, len(target.hosts) - number)
            try:
                connection = await asyncpg.connect(
                    host=host,
                    port=port,
                    timeout=timeout_s,
                    target_session_attrs=attributes,
                    **{**defaults, **target.arguments},
                )
                _set_options(connection, target)
            except Exception as error:
                last = error
                failures.append(_describe(host, port, timeout_s, error))
                if not isinstance(error, NEXT_SERVER):
                    raise ConnectError("\n".join(failures)) from error
            else:
                return connection
    raise ConnectError("\n".join(failures)) from last


def _share(target: Target, servers_left: int) -> float | None:
    """How long the next server may take, so that the checkout has time left for those after it."""
    left = seconds_left()
    if left is None or servers_left == 1:
        return target.timeout_s
    return min(left / servers_left, target.timeout_s or math.inf)


def _describe(host: str | None, port: int | None, timeout_s: float | None, error: Exception) -> str:
    """In libpq's words, which handlers may look for."""
    place = f'"{host or "the default host"}", port {port or 5432}'
    if isinstance(error, TimeoutError):
        why = f"timeout expired: no answer within {timeout_s:.3g} s" if timeout_s else "timeout"
    elif isinstance(error, asyncpg.PostgresError) and error.severity:
        why = f"{error.severity}:  {error}"
    else:
        why = str(error) or type(error).__name__
    return f"connection to server at {place} failed: {why}"


def _set_options(connection: asyncpg.Connection, target: Target) -> None:
    # asyncpg has no public way to its socket.
    sock = connection._transport.get_extra_info("socket")
    if sock is not None and sock.family.name != "AF_UNIX":
        for name, *option in target.socket_options:
            try:
                sock.setsockopt(*option)
            except OSError as error:
                connection.terminate()
                raise SocketOptionError(
                    f"the system refuses {name}={option[-1]}: {error}"
                ) from None

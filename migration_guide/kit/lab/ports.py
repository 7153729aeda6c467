"""Ports for servers that are stopped and started again on the same one."""

from contextlib import suppress
from pathlib import Path

_EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
_FIRST_UNPRIVILEGED = 1024
_PORTS_WANTED = 12_000


def fixed_ports() -> range:
    """Ports below those the kernel hands to outgoing connections."""
    with suppress(OSError, ValueError, IndexError):
        first_ephemeral = int(_EPHEMERAL.read_text().split()[0])
        if first_ephemeral > _FIRST_UNPRIVILEGED + _PORTS_WANTED:
            return range(first_ephemeral - _PORTS_WANTED, first_ephemeral)
    return range(20_000, 32_001)

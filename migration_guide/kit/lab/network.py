"""A network of namespaces: services, a router that filters and forgets, and a database host.

The namespaces have no names: each lives as long as the process that holds it, and that one as long
as this program keeps its standard input open. So nothing is left, even where this program is
killed. None of them has a way out.
"""

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable
from functools import cache
from itertools import count
from pathlib import Path
from typing import Literal

from migration_guide.kit.lab.processes import Throwaway, end_group
from migration_guide.kit.lab.waiting import finish, wait_until

FORGETS_AFTER_S = 7
"""When the router forgets an idle flow. It is to `RECYCLE_S` as the 350 s of AWS's NAT gateways and
network load balancers (their user guides, on idle timeouts) are to the 300 s of pool_recycle."""
RECYCLE_S = 6

LOST_IN = 50
"""Of so many packets, one is lost: 2 %, evenly, so that two runs lose alike. At 5 % a connection
may lose two of its first, and is then not made within a `connect_timeout` of 2 s (measured)."""

DATABASE = "10.203.0.2"

Trouble = Literal["severed", "lossy", "nat_drop", "nat_reset"]
"""What can be done to a service's packets: all dropped; one in `LOST_IN` dropped; those of flows
that the router has forgotten dropped, or answered with RST."""

_RULES = f"""
table inet port_kit {{
  set severed {{ type ipv4_addr; }}
  set lossy {{ type ipv4_addr; }}
  set nat_drop {{ type ipv4_addr; }}
  set nat_reset {{ type ipv4_addr; }}
  set severed_flows {{ type ipv4_addr . inet_service; }}
  chain forward {{
    type filter hook forward priority 0; policy accept;
    ip saddr @severed drop
    ip daddr @severed drop
    ip saddr . tcp sport @severed_flows drop
    ip daddr . tcp dport @severed_flows drop
    ip saddr @lossy numgen inc mod {LOST_IN} == 0 drop
    ip daddr @lossy numgen inc mod {LOST_IN} == 0 drop
    ip saddr @nat_drop ct state invalid drop
    ip daddr @nat_drop ct state invalid drop
    ip saddr @nat_reset ct state invalid reject with tcp reset
    ip daddr @nat_reset ct state invalid reject with tcp reset
  }}
}}
"""
# Without the first, a router takes up a flow that it does not know in its middle.
_SYSCTLS = {
    "net/netfilter/nf_conntrack_tcp_loose": 0,
    "net/netfilter/nf_conntrack_tcp_timeout_established": FORGETS_AFTER_S,
    "net/ipv4/ip_forward": 1,
}
_SET_UP_ROUTER = "nft -f - && " + " && ".join(
    f"echo {value} > /proc/sys/{name}" for name, value in _SYSCTLS.items()
)
_PROGRAMS = {"ip": "iproute2", "nft": "nftables", "unshare": "util-linux", "nsenter": "util-linux"}
_PATH = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))
_DEADLINE_S = 5.0


class NetworkError(RuntimeError):
    """A namespace or a rule could not be made; the message says what was said."""


@cache
def missing() -> str | None:
    """Why there can be no such network here; None where there can."""
    if not sys.platform.startswith("linux"):
        return "needs Linux, for network namespaces"
    if os.geteuid() != 0:
        return "needs root, for network namespaces"
    for program, package in _PROGRAMS.items():
        if shutil.which(program, path=_PATH) is None:
            return f"needs the program {program}: apt-get install {package}"
    tried = subprocess.run(  # noqa: S603 -- a fixed command
        ["unshare", "--net", "sh", "-c", _SET_UP_ROUTER],  # noqa: S607
        env=os.environ | {"PATH": _PATH},
        input=_RULES,
        capture_output=True,
        text=True,
        check=False,
    )
    if tried.returncode != 0:
        return f"needs network namespaces with nftables and conntrack: {tried.stderr.strip()}"
    return None


class Namespace(Throwaway):
    """One host of the network, from ``async with`` to its end."""

    def __init__(self) -> None:
        self._holder: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        assert self._holder is not None  # noqa: S101 -- inside the block
        return self._holder.pid

    @property
    def enter(self) -> tuple[str, ...]:
        """What to put before a command line so that it runs there."""
        return ("nsenter", f"--net=/proc/{self.pid}/ns/net", "--")

    def enter_as(self, uid: int, gid: int) -> tuple[str, ...]:
        """The same, under another account."""
        return (*self.enter[:-1], "--setuid", str(uid), "--setgid", str(gid), "--")

    async def run(self, command: str, text: str = "") -> None:
        """Run a shell's command line there.

        Raises:
            NetworkError: it failed.

        """
        process = await asyncio.create_subprocess_exec(
            *(*self.enter, "sh", "-ec", command),
            env=os.environ | {"PATH": _PATH},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        _, said = await finish(process.communicate(text.encode()))
        if process.returncode != 0:
            raise NetworkError(f"The network could not be set up: {said.decode().strip()}")

    async def _start(self) -> None:
        await finish(self._hold())
        ours = _namespace_of("self")
        await wait_until(
            lambda: _namespace_of(self.pid) != ours, deadline_s=_DEADLINE_S, what="a namespace"
        )
        await self.run("ip link set lo up")

    async def _hold(self) -> None:
        self._holder = await asyncio.create_subprocess_exec(
            *("unshare", "--net", "cat"),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )

    async def _dispose(self) -> None:
        holder, self._holder = self._holder, None
        if holder is not None:
            await end_group(holder, patience_s=_DEADLINE_S)


def _namespace_of(process: int | str) -> str:
    return str(Path(f"/proc/{process}/ns/net").readlink())


class Attachment:
    """A service's place in the network, and what the router does to its packets."""

    def __init__(self, router: Namespace, host: Namespace, address: str) -> None:
        self._router = router
        self.host = host
        self.address = address

    @contextlib.asynccontextmanager
    async def trouble(self, kind: Trouble) -> AsyncIterator[None]:
        """Let the router do this to all packets of the service while the block runs."""
        async with self._listed(kind, self.address):
            yield

    @contextlib.asynccontextmanager
    async def severed(self, ports: Iterable[int]) -> AsyncIterator[None]:
        """Let the router drop the packets of the flows from these ports of the service."""
        async with self._listed("severed_flows", *(f"{self.address} . {port}" for port in ports)):
            yield

    @contextlib.asynccontextmanager
    async def _listed(self, name: str, *elements: str) -> AsyncIterator[None]:
        entry = f"element inet port_kit {name} {{ {', '.join(elements)} }}"
        await self._router.run("nft -f -", f"add {entry}")
        try:
            yield
        finally:
            await finish(self._router.run("nft -f -", f"delete {entry}"))


class Network(Throwaway):
    """A router with a database host behind it; services are attached one by one."""

    def __init__(self) -> None:
        self._router, self.database = Namespace(), Namespace()
        self._numbers = count(1)
        self._hosts = contextlib.AsyncExitStack()

    async def _start(self) -> None:
        await self._hosts.enter_async_context(self._router)
        await self._router.run(_SET_UP_ROUTER, _RULES)
        await self._hosts.enter_async_context(self.database)
        await self._wire(self.database, 0)

    async def _dispose(self) -> None:
        await self._hosts.aclose()

    @contextlib.asynccontextmanager
    async def attach(self) -> AsyncIterator[Attachment]:
        """A host of its own for one service."""
        number = next(self._numbers)
        async with Namespace() as host:
            await self._wire(host, number)
            yield Attachment(self._router, host, f"10.203.{number}.2")

    async def _wire(self, host: Namespace, number: int) -> None:
        """Lay a cable, a pair of veth devices, between the router and a host."""
        net, cable = f"10.203.{number}", f"cable{number}"
        await self._router.run(
            f"ip link add {cable} type veth peer name eth0 netns {host.pid};"
            f"ip address add {net}.1/24 dev {cable}; ip link set {cable} up"
        )
        await host.run(
            f"ip address add {net}.2/24 dev eth0; ip link set eth0 up;"
            f"ip route add default via {net}.1"
        )

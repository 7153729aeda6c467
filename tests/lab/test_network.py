"""What the router does to packets, and that nothing of the network is left."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from migration_guide.kit.lab import network
from migration_guide.kit.lab.network import (
    DATABASE,
    FORGETS_AFTER_S,
    Attachment,
    Network,
    NetworkError,
)

pytestmark = pytest.mark.skipif(bool(network.missing()), reason=str(network.missing()))

PORT = 5432
SERVE = f"""
import socket, threading
listener = socket.create_server(("{DATABASE}", {PORT}))
print("up", flush=True)
def echo(connection):
    while data := connection.recv(100):
        connection.sendall(data)
while True:
    threading.Thread(target=echo, args=listener.accept()[:1], daemon=True).start()
"""
# Reads orders from stdin: "open", "say", "age" (be idle until the router has forgotten the flow).
ASK = f"""
import socket, sys, time
for order in sys.stdin.read().split():
    try:
        if order == "open":
            connection = socket.create_connection(("{DATABASE}", {PORT}), timeout=4)
            connection.settimeout(1)
            print("open", connection.getsockname()[1])
        elif order == "age":
            time.sleep({FORGETS_AFTER_S} + 1.5)
        else:
            connection.sendall(b"x")
            print(connection.recv(1).decode())
    except OSError as error:
        print(type(error).__name__)
"""


@pytest.fixture(scope="module")
async def net() -> AsyncIterator[Network]:
    async with Network() as it:
        server = await asyncio.create_subprocess_exec(
            *(*it.database.enter, sys.executable, "-c", SERVE), stdout=subprocess.PIPE
        )
        try:
            assert server.stdout is not None
            assert await server.stdout.readline() == b"up\n"
            yield it
        finally:
            server.kill()
            await server.wait()


@pytest.fixture
async def attachment(net: Network) -> AsyncIterator[Attachment]:
    async with net.attach() as it:
        yield it


async def ask(attachment: Attachment, orders: str) -> list[str]:
    """What a client at the attachment sees."""
    client = await asyncio.create_subprocess_exec(
        *(*attachment.host.enter, sys.executable, "-c", ASK),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    out, _ = await client.communicate(orders.encode())
    return [line.split()[0] for line in out.decode().splitlines()]


async def test_packets_pass_a_router_that_is_well(attachment: Attachment) -> None:
    assert await ask(attachment, "open say say") == ["open", "x", "x"]


async def test_severed_nothing_passes(attachment: Attachment) -> None:
    async with attachment.trouble("severed"):
        assert await ask(attachment, "open") == ["TimeoutError"]
    assert await ask(attachment, "open say") == ["open", "x"]


async def test_other_services_are_not_touched(net: Network, attachment: Attachment) -> None:
    async with attachment.trouble("severed"), net.attach() as other:
        assert await ask(other, "open say") == ["open", "x"]


async def test_a_flow_that_was_idle_for_too_long_is_forgotten(net: Network) -> None:
    """All kinds of trouble at once, since each has to grow old."""
    async with (
        net.attach() as dropping,
        net.attach() as resetting,
        net.attach() as well,
        dropping.trouble("nat_drop"),
        resetting.trouble("nat_reset"),
    ):
        seen = await asyncio.gather(
            *(ask(one, "open say age say open say") for one in (dropping, resetting, well))
        )
    assert seen == [
        ["open", "x", "TimeoutError", "open", "x"],
        ["open", "x", "ConnectionResetError", "open", "x"],
        ["open", "x", "x", "open", "x"],
    ]


async def test_packets_that_are_lost_are_sent_again(attachment: Attachment) -> None:
    async with attachment.trouble("lossy"):
        assert await ask(attachment, "open" + " say" * 100) == ["open"] + ["x"] * 100


async def test_a_rule_that_makes_no_sense_is_an_error(attachment: Attachment) -> None:
    with pytest.raises(NetworkError, match="could not be set up"):
        async with attachment.severed([70000]):
            pass


async def test_nothing_is_left_of_a_network() -> None:
    async with Network() as it, it.attach() as attached:
        holders = [psutil.Process(one.pid) for one in (it.database, attached.host)]
        assert all(holder.is_running() for holder in holders)
    assert not any(holder.is_running() for holder in holders)


async def test_nothing_is_left_either_where_the_program_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "hold.py"
    script.write_text(
        "import asyncio\n"
        "from migration_guide.kit.lab.network import Network\n"
        "async def main():\n"
        "    async with Network() as it:\n"
        "        print(it.database.pid, flush=True)\n"
        "        await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    program = await asyncio.create_subprocess_exec(
        sys.executable, str(script), stdout=subprocess.PIPE
    )
    assert program.stdout is not None
    holder = psutil.Process(int(await program.stdout.readline()))
    program.kill()
    await program.wait()
    await asyncio.to_thread(psutil.wait_procs, [holder], timeout=5)
    assert not holder.is_running() or holder.status() == psutil.STATUS_ZOMBIE

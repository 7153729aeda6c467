"""What is left of a command that was killed: a moment later, nothing."""

import asyncio
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from migration_guide.kit.bench.worker import WORKER
from migration_guide.kit.lab import demo, network
from migration_guide.kit.lab.pooler import find_pgbouncer
from migration_guide.kit.lab.server import Server
from migration_guide.kit.lab.waiting import wait_until
from tests.lab.machine import refuses

from .conftest import Running, Start, alive

pytestmark = pytest.mark.once

COMPARE = ("compare", "--only", "black-hole-idle", "--stack", "quart")
POOLER = ("compare", "--only", "pooler", "--stack", "quart")
STANDBY = ("compare", "--only", "failover", "--stack", "quart")
NETWORK = ("compare", "--only", "nat-idle-drop", "--stack", "quart")
BENCH = ("bench", "--quick")
SERVE = ("serve", "--stack", "flask")

SHARED_MEMORY = Path("/proc/sysvipc/shm")  # not on macOS
SEGMENT = ["segment"] if SHARED_MEMORY.exists() else []


def has(pattern: str) -> Callable[[Running], bool]:
    return lambda running: any(running.folder.glob(pattern))


def runs(word: str) -> Callable[[Running], bool]:
    return lambda running: bool(running_with(word, running))


def serves(running: Running) -> bool:
    """Whether a service has a session, as PostgreSQL's title for it tells."""
    return runs("hypercorn")(running) and runs("_quart_bare")(running)


def running_with(word: str, running: Running) -> list[psutil.Process]:
    """Those of the command's processes that have *word* in their command line."""
    found = []
    for process in running.descendants():
        with suppress(psutil.NoSuchProcess):  # it has just ended
            if word in " ".join(process.cmdline()):
                found.append(process)
    return found


Moment = tuple[Sequence[str], Callable[[Running], bool]]

MOMENTS: dict[str, Moment] = {
    "with a folder": (COMPARE, has("postgres-*")),
    "while the data is created": (COMPARE, has("postgres-*/data/PG_VERSION")),
    "while PostgreSQL starts": (COMPARE, has("postgres-*/data/postmaster.opts")),
    "while a service starts": (COMPARE, runs("hypercorn")),
    "in a cell": (COMPARE, serves),
    "while it measures": (BENCH, runs(WORKER)),
    "while it serves": (SERVE, lambda running: "/products/1" in running.out),
    "with a standby": (STANDBY, runs("pg_basebackup")),
    "with a pooler": (POOLER, runs("pgbouncer")),
    "with namespaces": (NETWORK, serves),
}
MISSING = {
    "with a pooler": None if find_pgbouncer() else "needs PgBouncer",
    "with namespaces": network.missing(),
}


class Traces:
    """By what a running command can be told to have left something."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self._processes = set(running.descendants())
        self._ports = running.listeners()

    def left(self) -> list[str]:
        folder = self.running.folder
        self._processes |= mentioning(folder)  # those that came later
        return [
            *(f"process {one}" for one in alive(list(self._processes))),
            *(f"folder {path}" for path in self.running.left()),
            *(f"port {port}" for port in self._ports if not refuses(port)),
            *shared_memory({process.pid for process in self._processes}),
        ]

    async def until_gone(self, *, deadline_s: float = 20) -> None:
        await wait_until(
            lambda: not self.left(), deadline_s=deadline_s, every_s=0.1, what="nothing to be left"
        )

    async def clear_away(self) -> None:
        for process in self._processes:
            with suppress(psutil.NoSuchProcess):
                # A killed PostgreSQL would leave its shared memory.
                postgres = process.name() == "postgres"
                process.send_signal(signal.SIGQUIT if postgres else signal.SIGKILL)
        processes = list(self._processes)
        await wait_until(lambda: not alive(processes), deadline_s=10, what="processes to end")


def mentioning(folder: Path) -> set[psutil.Process]:
    """The processes that have *folder* in their command line or as their temporary folder."""
    found = set()
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            words = [*process.cmdline(), process.environ().get("TMPDIR", "")]
            if any(str(folder) in word for word in words):
                found.add(process)
    return found


def shared_memory(creators: set[int]) -> list[str]:
    """The System V segments that these processes have made, where the system tells."""
    if not SEGMENT:
        return []
    head, *rows = [line.split() for line in SHARED_MEMORY.read_text().splitlines()]
    segments = [dict(zip(head, row, strict=True)) for row in rows]
    return [f"segment {one['shmid']}" for one in segments if int(one["cpid"]) in creators]


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_moment_later_nothing_is_left(start: Start, moment: str) -> None:
    """By SIGKILL, or by a second signal: two commands that do not disturb each other either."""
    if reason := MISSING.get(moment):
        pytest.skip(reason)
    await asyncio.gather(
        _end(start, moment, [signal.SIGKILL], {-signal.SIGKILL}),
        _end(start, moment, [signal.SIGINT, signal.SIGTERM], {130, 143}),  # by the later to arrive
    )


async def _end(
    start: Start, moment: str, signals: Sequence[signal.Signals], codes: set[int]
) -> None:
    traces = await _traces(start, *MOMENTS[moment])
    running = traces.running
    for signum in signals:
        running.process.send_signal(signum)
    assert (await running.finish(deadline_s=20)).code in codes
    await traces.until_gone()


async def _traces(
    start: Start, arguments: Sequence[str], reached: Callable[[Running], bool]
) -> Traces:
    running = await start(*arguments)
    await wait_until(lambda: reached(running), deadline_s=60, every_s=0.01, what="the moment")
    traces = Traces(running)
    assert traces.left()
    return traces


async def test_without_the_warden_all_of_it_would_be_left(start: Start) -> None:
    """The control of the test above."""
    traces = await _traces(start, COMPARE, serves)
    (warden,) = running_with("warden.py", traces.running)
    warden.kill()
    traces.running.process.kill()
    try:
        with pytest.raises(TimeoutError):
            await traces.until_gone(deadline_s=5)
        left = traces.left()
        for kind in ("process", "folder", "port", *SEGMENT):
            assert any(one.startswith(kind) for one in left)
    finally:
        await traces.clear_away()


async def test_a_clean_up_that_takes_too_long_is_cut_short(start: Start) -> None:
    traces = await _traces(start, COMPARE, serves)
    running = traces.running
    for program in ("postgres", "hypercorn"):
        for process in running_with(program, running):
            process.suspend()  # a service, other than a server, is not thawed by the clean-up
    running.process.send_signal(signal.SIGINT)
    await running.until("Once more to kill.")
    assert running.process.returncode is None
    running.process.send_signal(signal.SIGINT)
    assert (await running.finish(deadline_s=5)).code == 130
    await traces.until_gone()


async def test_a_database_of_ones_own_is_kept(start: Start, server: Server) -> None:
    async with server.database("port_kit_test_killed") as name:
        running = await start(*SERVE, DATABASE_URL=server.url(name))
        await running.until("/products/1")
        traces = Traces(running)
        running.process.kill()
        await traces.until_gone()
        async with server.connect(name) as connection:
            stock = await connection.fetchval("SELECT stock FROM products WHERE id = 1")
            assert stock == demo.INITIAL_STOCK

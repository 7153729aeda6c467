"""What is left of a program that is gone without its clean-up: nothing."""

import asyncio
import os
import secrets
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import psutil
import pytest

from migration_guide.kit.lab import leftovers
from migration_guide.kit.lab.leftovers import Warden, temporary_folder
from migration_guide.kit.lab.processes import end_group
from migration_guide.kit.lab.waiting import wait_until
from tests.lab.machine import contents

Launch = Callable[..., Awaitable[asyncio.subprocess.Process]]

SLEEPS = ("sleep", "600")
# Says which process it has started, in a session of that one's own; takes no SIGTERM.
DEAF_WITH_A_CHILD = """
import signal, subprocess, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(subprocess.Popen(["sleep", "600"], start_new_session=True).pid, flush=True)
time.sleep(600)
"""
QUITS_WITH_7 = "trap 'exit 7' QUIT; echo ready; while :; do sleep 0.05; done"


@pytest.fixture
async def start() -> AsyncIterator[Launch]:
    """Start a process that says something once it is ready, or one that is so at once."""
    started = []

    async def run(*command: str) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, start_new_session=True
        )
        started.append(process)
        return process

    yield run
    for process in started:
        await end_group(process, patience_s=0)


async def dismiss(warden: Warden) -> None:
    await asyncio.to_thread(warden.dismiss)


async def said(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    return (await process.stdout.readline()).decode().strip()


async def test_a_process_is_ended_with_all_that_it_has_started(start: Launch) -> None:
    warden = Warden()
    process = await start(sys.executable, "-c", DEAF_WITH_A_CHILD)
    child = psutil.Process(int(await said(process)))
    warden.guard(process, signal.SIGTERM)
    await dismiss(warden)
    assert await process.wait() == -signal.SIGKILL
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


async def test_a_process_is_ended_by_the_signal_that_it_wants_first(start: Launch) -> None:
    warden = Warden()
    process = await start("/bin/sh", "-c", QUITS_WITH_7)
    await said(process)
    warden.guard(process, signal.SIGQUIT)
    await dismiss(warden)
    assert await process.wait() == 7


async def test_a_frozen_process_hears_its_first_signal(start: Launch) -> None:
    warden = Warden()
    process = await start(*SLEEPS)
    process.send_signal(signal.SIGSTOP)
    warden.guard(process, signal.SIGTERM)
    await dismiss(warden)
    assert await process.wait() == -signal.SIGTERM


async def test_another_process_with_the_same_id_is_left_alone(start: Launch) -> None:
    warden = Warden()
    known, recycled = await start(*SLEEPS), await start(*SLEEPS)
    warden.guard(known, signal.SIGTERM)
    # As if the one that had this id before had been started so long ago.
    warden.tell(f"process {recycled.pid} -60 {signal.SIGTERM.value}")
    await dismiss(warden)
    assert await known.wait() == -signal.SIGTERM
    assert psutil.Process(recycled.pid).status() == psutil.STATUS_SLEEPING


async def test_what_has_ended_is_forgotten(start: Launch) -> None:
    warden = Warden()
    ended, running = await start("true"), await start(*SLEEPS)
    warden.guard(ended, signal.SIGTERM)
    await ended.wait()
    warden.guard(running, signal.SIGTERM)
    assert warden._processes == [running]
    # What it is told then; only of one that runs is there to see that it heeds it.
    warden.tell(f"ended {running.pid}")
    await dismiss(warden)
    assert psutil.Process(running.pid).status() == psutil.STATUS_SLEEPING


async def test_folders_are_removed_but_for_those_that_were_already(tmp_path: Path) -> None:
    warden = Warden()
    left, kept = tmp_path / "two\nlines", tmp_path / "kept"
    for folder in (left, kept):
        (folder / "data").mkdir(parents=True)
        (folder / "data" / "file").touch(mode=0o400)
        warden.tell(f"folder {folder}")
    warden.tell(f"removed {kept}")
    warden.tell(f"folder {tmp_path / 'never made'}")
    await dismiss(warden)
    assert contents(tmp_path) == [kept]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks /proc what is ignored")
async def test_the_warden_outlives_the_signals_that_end_the_program(tmp_path: Path) -> None:
    warden = Warden()
    pid = warden._warden.pid
    assert os.getsid(pid) == pid  # where a terminal's Ctrl-C does not come to
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    await wait_until(lambda: set(signals) <= ignored(pid), deadline_s=10, what="the warden")
    for signum in signals:
        psutil.Process(pid).send_signal(signum)
    (tmp_path / "folder").mkdir()
    warden.tell(f"folder {tmp_path / 'folder'}")
    await dismiss(warden)
    assert contents(tmp_path) == []


def ignored(pid: int) -> set[int]:
    (line,) = (
        line
        for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        if line.startswith("SigIgn:")
    )
    mask = int(line.split()[1], 16)
    return {number for number in range(1, 32) if mask >> (number - 1) & 1}


async def test_a_program_goes_on_where_its_warden_was_killed(start: Launch, tmp_path: Path) -> None:
    warden = Warden()
    warden._warden.kill()
    warden._warden.wait()
    warden.guard(await start(*SLEEPS), signal.SIGTERM)
    kept = tmp_path / "kept"
    kept.mkdir()
    warden.tell(f"folder {kept}")
    await dismiss(warden)
    assert contents(tmp_path) == [kept]


async def test_a_temporary_folder_is_private_and_gone_after_the_block() -> None:
    async with temporary_folder("lab-") as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "file").touch()
    assert not folder.exists()


async def test_a_folder_of_another_program_is_never_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(secrets, "token_hex", lambda _: "taken")
    warden = Warden()
    monkeypatch.setattr(leftovers, "_of_this_process", [warden])
    taken = tmp_path / "lab-taken"
    taken.mkdir()
    with pytest.raises(FileExistsError):
        await temporary_folder("lab-").__aenter__()
    await dismiss(warden)
    assert contents(tmp_path) == [taken]


# Starts a process that leaves a file, and is killed; by then, that process may not be known yet.
LAUNCHES = """
import asyncio, os, signal
from migration_guide.kit.lab.leftovers import Warden
from migration_guide.kit.lab.processes import launch

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

async def main():
    {before}
    process = await launch("/bin/sh", "-c", "touch {file}; echo begun; exec sleep 600")
    print(process.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.parametrize("known", [True, False])
async def test_a_process_does_not_begin_before_it_is_known(
    start: Launch, tmp_path: Path, *, known: bool
) -> None:
    file = tmp_path / "file"
    before = "pass" if known else "Warden.guard = die"
    program = await start(sys.executable, "-c", LAUNCHES.format(before=before, file=file))
    assert program.stdout is not None
    if known:
        await wait_until(file.exists, deadline_s=10, what="the process to begin")
        program.kill()
    # Both of them hold the pipe, and so it is at its end when both are gone.
    async with asyncio.timeout(10):
        await program.stdout.read()
    assert await program.wait() == -signal.SIGKILL
    assert file.exists() is known


FORKS = """
import os, sys, time
from migration_guide.kit.lab.leftovers import warden

warden().tell("folder " + sys.argv[1])
if (child := os.fork()) == 0:
    time.sleep(600)
print(child, flush=True)
time.sleep(600)
"""


async def test_a_forked_process_does_not_keep_the_warden_waiting(
    start: Launch, tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    program = await start(sys.executable, "-c", FORKS, str(folder))
    child = psutil.Process(int(await said(program)))
    assert folder.exists()
    program.kill()
    await wait_until(lambda: not folder.exists(), deadline_s=10, what="the folder to be removed")
    assert child.is_running()

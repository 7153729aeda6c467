"""A signal ends a run in order, whatever its clean-up does."""

import signal
import sys

import pytest

from .conftest import Start

STOPPING = "Stopping; cleaning up. Once more to kill.\n"

PROGRAM = """
import asyncio, sys, time
from migration_guide.kit import interrupts

async def main():
    print("ready", flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        {clean_up}

try:
    interrupts.run(main())
except interrupts.InterruptedRunError as interruption:
    sys.exit(interruption.exit_code)
"""


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    ("clean_up", "said"),
    [
        ("print('cleaned', flush=True)", STOPPING),
        ("raise OSError('gone')", f"{STOPPING}While cleaning up: gone\n"),
    ],
)
async def test_the_exit_code_names_the_signal(
    start: Start, signum: signal.Signals, clean_up: str, said: str
) -> None:
    program = (sys.executable, "-c", PROGRAM.format(clean_up=clean_up))
    running = await start(command=program)
    await running.until("ready")
    running.process.send_signal(signum)
    done = await running.finish()
    assert done.code == 128 + signum
    assert done.err == said


@pytest.mark.parametrize("wait", ["await asyncio.sleep(600)", "time.sleep(600)"])
async def test_a_second_signal_does_not_wait_for_the_clean_up(start: Start, wait: str) -> None:
    clean_up = f"print('cleaning', flush=True); {wait}"
    running = await start(command=(sys.executable, "-c", PROGRAM.format(clean_up=clean_up)))
    await running.until("ready")
    running.process.send_signal(signal.SIGINT)
    await running.until("cleaning\n")
    running.process.send_signal(signal.SIGTERM)
    done = await running.finish(deadline_s=10)
    assert done.code == 128 + signal.SIGTERM
    assert done.err == STOPPING


async def test_an_error_without_a_signal_is_not_hidden(start: Start) -> None:
    program = PROGRAM.replace("await asyncio.Event().wait()", "raise OSError('broken')")
    done = await (
        await start(command=(sys.executable, "-c", program.format(clean_up="pass")))
    ).finish()
    assert done.code == 1
    assert "OSError: broken" in done.err

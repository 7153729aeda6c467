"""What others take of the machine is told apart from what the lab's own processes take."""

import asyncio
import os
import sys
from pathlib import Path

import psutil
import pytest

from migration_guide.kit.lab import usage
from migration_guide.kit.lab.usage import Machine
from migration_guide.kit.lab.waiting import wait_until

SPIN = """import time
end = time.process_time() + 0.5
while time.process_time() < end: sum(range(10**5))
"""
# Left by the one that starts it, it is nobody's child any more.
ORPHAN = f"import os\nif os.fork(): os._exit(0)\nos.setsid()\n{SPIN}"
TOOK_S = 0.5


async def spin(program: str) -> float:
    """Run it to its end; by how many processor seconds of others that raised the share."""
    machine, all_before = Machine(), sum(psutil.cpu_times())
    end = os.pipe()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program), pass_fds=[end[1]]
    )
    os.close(end[1])  # the last one who has it is the one that spins
    os.set_blocking(end[0], False)

    def over() -> bool:
        try:
            return os.read(end[0], 1) == b""
        except BlockingIOError:
            return False

    try:
        await process.wait()
        await wait_until(over, deadline_s=20, what="the program to end")
        return machine.shares()[1] * (sum(psutil.cpu_times()) - all_before)
    finally:
        os.close(end[0])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
async def test_an_orphan_is_another_and_a_child_is_not() -> None:
    # Others that are busy here raise both alike, as long as each takes.
    foreign, own = await spin(ORPHAN), await spin(SPIN)
    assert foreign > TOOK_S / 2
    assert foreign - own > TOOK_S / 3


NICE = f"import os\nos.nice(5)\n{ORPHAN}"


@pytest.mark.skipif(sys.platform != "linux", reason="the system has to tell it apart")
@pytest.mark.skipif(
    os.getpriority(os.PRIO_PROCESS, 0) > 0, reason="needs a priority that is not low itself"
)
@pytest.mark.parametrize(("autogroups", "counts"), [("0", False), ("1", True)])
async def test_an_orphan_that_gives_way_is_none(
    autogroups: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, counts: bool
) -> None:
    setting = tmp_path / "sched_autogroup_enabled"
    setting.write_text(f"{autogroups}\n")
    monkeypatch.setattr(usage, "AUTOGROUPS", setting)
    foreign, nice = await spin(ORPHAN), await spin(NICE)
    assert (foreign - nice < TOOK_S / 3) is counts

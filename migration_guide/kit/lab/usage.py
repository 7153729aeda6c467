"""What processes take of the machine while something is measured."""

import asyncio
import contextlib
import os
import time
from pathlib import Path
from typing import Self

import psutil

from migration_guide.kit.lab.service import Service

LOOK_EVERY_S = 0.1
MEMORY = 2**20
AUTOGROUPS = Path("/proc/sys/kernel/sched_autogroup_enabled")


class Usage:
    """What the process that answers takes, while the block runs: memory in MB, processor in s.

    A supervisor or master beside it, which does next to nothing, is left out.
    """

    def __init__(self, service: Service) -> None:
        leader = psutil.Process(service.pid)
        processes = [leader, *leader.children(recursive=True)]
        self._worker = max(processes, key=lambda one: one.memory_info().rss)
        self.before_mb = self.peak_mb = self._memory_mb()
        self._start_s = self._processor_s()
        self.processor_s = 0.0

    async def __aenter__(self) -> Self:
        self._looking = asyncio.create_task(self._look())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._looking.cancel()
        await asyncio.gather(self._looking, return_exceptions=True)

    def begin(self) -> None:
        """What counts begins; for memory the warm-up's log-in does not: scrypt takes 32 MB."""
        self.peak_mb = self._memory_mb()
        self._start_s = self._processor_s()

    def end(self) -> None:
        self.processor_s = self._processor_s() - self._start_s

    async def _look(self) -> None:
        while True:
            self.peak_mb = max(self.peak_mb, self._memory_mb())
            await asyncio.sleep(LOOK_EVERY_S)

    def _memory_mb(self) -> float:
        return float(self._worker.memory_info().rss) / MEMORY

    def _processor_s(self) -> float:
        times = self._worker.cpu_times()
        return float(times.user + times.system)


class CpuShare:
    """How much of a processor this process, in which the fault proxies run, has used."""

    def __init__(self) -> None:
        self._last = time.monotonic(), time.process_time()

    def since_last(self) -> float:
        now = time.monotonic(), time.process_time()
        elapsed, used = (b - a for a, b in zip(self._last, now, strict=True))
        self._last = now
        return used / elapsed if elapsed else 0.0


class Machine:
    """How busy this machine is, from construction on.

    A virtual machine's share that its host withholds ("steal") counts, too.
    """

    def __init__(self) -> None:
        self._family, self._all = _family_s(), _machine_s()

    def shares(self) -> tuple[float, float]:
        """Of all processors, 0 to 1: what was in use, and what others took of that.

        Others are all but this process and those that it has started, as it has the services, the
        generator and a server of the lab's own. What gives way to them, started by `nice` where
        that works, is none of these.
        """
        family_s = _family_s() - self._family
        busy_s, yielding_s, all_s = (
            now - then for now, then in zip(_machine_s(), self._all, strict=True)
        )
        if not all_s:  # no tick of the clock
            return 0.0, 0.0
        others_s = max(0.0, busy_s - yielding_s - family_s)
        return round(busy_s / all_s, 3), round(others_s / all_s, 3)


def _machine_s() -> tuple[float, float, float]:
    """Processor seconds so far: busy, of these at a lower priority than ours, and all."""
    times: dict[str, float] = psutil.cpu_times()._asdict()
    # A guest's time is in that of its host too.
    all_s = sum(seconds for name, seconds in times.items() if name not in ("guest", "guest_nice"))
    yielding_s = times.get("nice", 0.0) if _others_can_yield() else 0.0
    return all_s - times["idle"] - times.get("iowait", 0.0), yielding_s, all_s


def _others_can_yield() -> bool:
    """Whether a program of low priority gives way to this one and what it has started.

    Not where this one's is low too; nor under Linux's autogroups, where each session has the same
    share and `nice` divides it within (sched(7)): the services have sessions of their own.
    """
    if os.getpriority(os.PRIO_PROCESS, 0) > 0:
        return False
    return not AUTOGROUPS.exists() or AUTOGROUPS.read_text().strip() == "0"


def _family_s() -> float:
    """Of this process and its descendants, also those that have ended and were waited for."""
    total = sum(os.times()[:4])
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):  # it has just ended
            total += sum(process.cpu_times()[:4])
    return total

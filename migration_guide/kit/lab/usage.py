"""What processes take of the machine while something is measured."""

import asyncio
import contextlib
import time
from typing import Self

import psutil

from migration_guide.kit.lab.service import Service

LOOK_EVERY_S = 0.1
MEMORY = 2**20


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
    """How much of its processors is in use: by whomever, and by what has no part in a measurement.

    Part in it have this process and those that it has started, as it has the services, the
    generator and a server of the lab's own.
    """

    def __init__(self) -> None:
        self._since = time.monotonic()
        self._busy_s = _busy_s()
        self._own_s = _own_s()

    def shares(self) -> tuple[float, float]:
        """Since the beginning: of all processors, and of one."""
        elapsed_s = time.monotonic() - self._since
        busy_s = _busy_s() - self._busy_s
        # Of one that has ended meanwhile, the last is not known; those are few, and small.
        own_s = sum(now - self._own_s.get(pid, 0.0) for pid, now in _own_s().items())
        processors = psutil.cpu_count() or 1
        return busy_s / elapsed_s / processors, max(0.0, (busy_s - own_s) / elapsed_s)


def _busy_s() -> float:
    times: dict[str, float] = psutil.cpu_times()._asdict()
    # A guest's time is in that of its host too.
    others = ("idle", "iowait", "guest", "guest_nice")
    return sum(seconds for name, seconds in times.items() if name not in others)


def _own_s() -> dict[int, float]:
    own = psutil.Process()
    found = {}
    for process in (own, *own.children(recursive=True)):
        with contextlib.suppress(psutil.Error):  # it has just ended
            times = process.cpu_times()
            found[process.pid] = float(times.user + times.system)
    return found

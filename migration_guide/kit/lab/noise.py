"""How busy others keep the machine, while something is measured on it."""

import contextlib
import os
from typing import Any

import psutil


class Others:
    """What other programs take of the processors, from construction on.

    A virtual machine's share that its host withholds ("steal") counts, too.
    """

    def __init__(self) -> None:
        self._ours, self._machine = _family_s(), _machine_s()

    def share(self) -> float:
        """Of all processors of this machine, since the beginning; 0 to 1."""
        ours = _family_s() - self._ours
        busy, all_ = (now - then for now, then in zip(_machine_s(), self._machine, strict=True))
        return round(min(1.0, max(0.0, busy - ours) / all_), 3) if all_ else 0.0


def _machine_s() -> tuple[float, float]:
    """Processor seconds so far: busy, and all."""
    times: Any = psutil.cpu_times()
    # What runs in virtual machines of this one is in `user` already.
    guests = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)
    idle = times.idle + getattr(times, "iowait", 0.0)
    all_ = sum(times) - guests
    return all_ - idle, all_


def _family_s() -> float:
    """Of this process and its descendants, those included that have ended and been waited for."""
    total = sum(os.times()[:4])
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            total += sum(process.cpu_times()[:4])
    return total

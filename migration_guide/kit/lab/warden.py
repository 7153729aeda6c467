"""The process that clears away what a killed kit leaves; `leftovers` starts it.

It reads what there is, processes and folders, from its standard input: a pipe whose other end the
kit alone holds. Once the kit is gone, however it went, the pipe is at its end, and what is there is
ended and removed.

Until then it only waits, and should take little for it: everything but what a bare Python has
loaded anyway is imported at the end.
"""

from __future__ import annotations

import os
import signal
import sys
import time

TYPE_CHECKING = False  # to import it from `typing` would take more than all the rest
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from psutil import Process

# A postmaster kills sessions that ignore an immediate stop after 5 s; a service stops within 3 s.
PATIENCE_S = 6.0
KILL_S = 3.0
REMOVE_S = 5.0
LOOK_EVERY_S = 0.05
# Two starts are as far apart for the kit as for the warden, unless just then the clock is set.
SAME_START_S = 1.5


def listen() -> tuple[dict[int, tuple[float, int]], set[str]]:
    """Take in what is told until the kit is gone.

    Returns:
        The processes, by their ids: how long after this one each was started, and the signal that
        it is to get first; and the folders.

    """
    processes: dict[int, tuple[float, int]] = {}
    folders: set[str] = set()
    rest = b""
    while said := os.read(0, 2**16):
        *records, rest = (rest + said).split(b"\0")  # no lines: a folder's name may have two
        for record in records:
            verb, about = os.fsdecode(record).split(" ", 1)
            match verb:
                case "process":
                    pid, later_s, first = about.split()
                    processes[int(pid)] = float(later_s), int(first)
                case "ended":
                    processes.pop(int(about), None)
                case "folder":
                    folders.add(about)
                case "removed":
                    folders.discard(about)
    return processes, folders


def end(processes: Mapping[int, tuple[float, int]]) -> None:
    """End these processes and all that they have started, in order where that is quick."""
    leaders = dict(_find(processes))
    # Before the first of them ends: nothing tells afterwards whom it had started.
    family = _with_descendants(leaders)
    for leader, first in leaders.items():
        _send(leader, first)
    for process in family:
        _send(process, signal.SIGCONT)  # what is frozen takes no other signal before
    _wait(family, PATIENCE_S)
    family |= _with_descendants(family)
    for process in family:
        _send(process, signal.SIGKILL)
    _wait(family, KILL_S)


def remove(folders: set[str]) -> None:
    """Remove them; more than once, since what still ends may write."""
    import shutil
    from pathlib import Path

    deadline = time.monotonic() + REMOVE_S
    while folders and time.monotonic() < deadline:
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
        folders = {folder for folder in folders if Path(folder).exists()}
        if folders:
            time.sleep(LOOK_EVERY_S)


def _find(processes: Mapping[int, tuple[float, int]]) -> Iterator[tuple[Process, int]]:
    """Those that still run, and not another one that was given the id of one that has ended."""
    import psutil

    start = psutil.Process().create_time()
    for pid, (later_s, first) in processes.items():
        try:
            process = psutil.Process(pid)
            if abs(process.create_time() - start - later_s) < SAME_START_S:
                yield process, first
        except psutil.Error:
            continue


def _with_descendants(processes: Iterable[Process]) -> set[Process]:
    import psutil

    found = set(processes)
    for process in processes:
        try:
            found.update(process.children(recursive=True))
        except psutil.Error:
            continue
    return found


def _send(process: Process, number: int) -> None:
    import psutil

    try:
        process.send_signal(number)  # not to another one of the same id
    except psutil.Error:
        return


def _wait(processes: Iterable[Process], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while any(map(_runs, processes)) and time.monotonic() < deadline:
        time.sleep(LOOK_EVERY_S)


def _runs(process: Process) -> bool:
    """A zombie does not: it may wait for long, for an init that does not do its duty."""
    import psutil

    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def main(packages: str) -> None:
    """Wait for the end of the kit; *packages* is the folder to import psutil from."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # what ends the kit must not end this first
    processes, folders = listen()
    sys.path.append(packages)
    try:
        if processes:
            end(processes)
    finally:
        if folders:
            remove(folders)


if __name__ == "__main__":
    main(sys.argv[1])

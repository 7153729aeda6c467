"""Several workers on one listening socket, looked after.

Hypercorn's own workers end together: when one is killed, the others are stopped and the server ends
with exit code 0. Here, a worker that ends is replaced, as is one whose event loop stands still.

Signals: SIGTERM and SIGINT stop all workers, each within its bounds; SIGHUP replaces one after the
other, the new one being ready before the old one is stopped. The socket is bound once and inherited
by all: a connection that waits in its queue is taken by whichever worker there is, so that none is
refused or lost in between, as it could be with SO_REUSEPORT.
"""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import tempfile
import time
from collections.abc import Sequence

from prometheus_client.multiprocess import mark_process_dead

from .lifeline import BEAT_EVERY_S, LEAVE, READY

logger = logging.getLogger(__name__)

START_TIMEOUT_S = 30.0
SETTLED_S = 30.0
"""A worker that has lived so long did not fail at its start."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 5.0
METRICS = "PROMETHEUS_MULTIPROC_DIR"


class StartError(RuntimeError):
    """A worker did not get ready; *code* is its exit code, negative if it was killed."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


class Supervisor:
    """Keeps *workers* workers running.

    Args:
        command: what starts a worker; the number of its lifeline's file descriptor is appended.
        listener: the bound socket, which the workers inherit.
        workers: how many.
        stop_within_s: a worker that has not ended so long after SIGTERM is killed.
        silence_s: one whose event loop has not come round for so long is replaced, as is one that
            gunicorn's `timeout` finds.

    """

    def __init__(
        self,
        command: Sequence[str],
        listener: socket.socket,
        *,
        workers: int,
        stop_within_s: float,
        silence_s: float,
    ) -> None:
        self._command = command
        self._listener = listener
        self._count = workers
        self._stop_within_s = stop_within_s
        self._silence_s = silence_s
        self._workers: dict[Worker, asyncio.Task[None]] = {}
        self._environment = os.environ | {"WEB_CONCURRENCY": str(workers)}
        self._pause_s = FIRST_PAUSE_S
        self._changing = asyncio.Lock()
        """Held while workers are replaced: two at once would each start one."""

    async def run(self) -> int:
        """Until a signal stops it; the exit code: not 0 where the workers did not start."""
        loop = asyncio.get_running_loop()
        self._stop, self._roll = asyncio.Event(), asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        loop.add_signal_handler(signal.SIGHUP, self._roll.set)
        with contextlib.ExitStack() as cleanup:
            if self._count > 1 and METRICS not in os.environ:
                folder = tempfile.TemporaryDirectory(prefix="metrics-")
                self._environment[METRICS] = cleanup.enter_context(folder)
            try:
                async with self._changing:
                    await self._start()  # alone: what is wrong with the settings is said once
                    await asyncio.gather(*(self._start() for _ in range(self._count - 1)))
                while not await self._until_signal():
                    await self._replace_all()
            except StartError as error:
                logger.error("%s Stopping.", error)  # noqa: TRY400 -- its place says nothing
                return error.code if error.code > 0 else 1
            finally:
                self._stop.set()
                await asyncio.gather(*(self._end(worker) for worker in list(self._workers)))
        return 0

    async def _until_signal(self) -> bool:
        """Wait for a signal; whether it is one to stop."""
        waits = [asyncio.create_task(event.wait()) for event in (self._stop, self._roll)]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        self._roll.clear()
        return self._stop.is_set()

    async def _replace_all(self) -> None:
        async with self._changing:
            for old in list(self._workers):
                if self._stop.is_set():
                    return
                try:
                    await self._start()
                except StartError as error:
                    logger.error("%s The workers that run are kept.", error)  # noqa: TRY400
                    return
                await self._end(old, others_serve=True)

    async def _start(self) -> None:
        """Start a worker and wait until it is ready.

        Raises:
            StartError: it does not get ready.

        """
        try:
            worker = await Worker.launch(self._command, self._listener, self._environment)
        except OSError as error:  # no memory, no process, no file descriptor
            raise StartError(f"A worker cannot be started: {error}.") from error
        self._workers[worker] = asyncio.create_task(self._look_after(worker))
        stop = asyncio.create_task(self._stop.wait())
        ready = asyncio.create_task(worker.ready.wait())
        await asyncio.wait(
            {stop, ready, worker.ended},
            timeout=START_TIMEOUT_S,
            return_when=asyncio.FIRST_COMPLETED,
        )
        ready.cancel()
        stop.cancel()
        if not worker.ready.is_set() and not self._stop.is_set():
            worker.stopping = True
            worker.signal(signal.SIGKILL)
            code = await worker.ended
            raise StartError(f"A worker ended with exit code {code} before it was ready.", code)

    async def _look_after(self, worker: "Worker") -> None:
        code = await worker.until_end(self._silence_s)
        self._workers.pop(worker)
        if METRICS in self._environment:
            mark_process_dead(worker.pid, self._environment[METRICS])  # type: ignore[no-untyped-call]
        if worker.stopping or not worker.ready.is_set():
            return
        logger.error("Worker %s ended with exit code %s; another one is started.", worker.pid, code)
        if worker.age_s > SETTLED_S:
            self._pause_s = FIRST_PAUSE_S
        async with self._changing:
            # Unless it ended while all were being replaced, and has been.
            while self._is_one_missing() and not await self._stopped_within_pause():
                try:
                    await self._start()
                except StartError as error:
                    logger.error("%s Trying again.", error)  # noqa: TRY400

    def _is_one_missing(self) -> bool:
        running = [one for one in self._workers if not (one.stopping or one.ended.done())]
        return len(running) < self._count

    async def _stopped_within_pause(self) -> bool:
        """Wait, longer each time, unless it is to stop; whether it is."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), self._pause_s)
        self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)
        return self._stop.is_set()

    async def _end(self, worker: "Worker", *, others_serve: bool = False) -> None:
        worker.stopping = True
        if others_serve:
            worker.leave()
        else:
            worker.signal(signal.SIGTERM)
        done, _ = await asyncio.wait({worker.ended}, timeout=self._stop_within_s)
        if not done:
            logger.error("Worker %s has not stopped in time; it is killed.", worker.pid)
            worker.signal(signal.SIGKILL)
        if looking_after := self._workers.get(worker):
            await asyncio.wait({looking_after})


class Worker:
    """A worker process, seen from outside. It is heard by its lifeline."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.pid = process.pid
        self.ready = asyncio.Event()
        self.stopping = False
        self.ended = asyncio.create_task(process.wait())
        self._process = process
        self._reader = reader
        self._writer = writer  # kept open: its end tells the worker that nobody looks after it
        self._started = self._heard = time.monotonic()

    @classmethod
    async def launch(
        cls, command: Sequence[str], listener: socket.socket, environment: dict[str, str]
    ) -> "Worker":
        ours, theirs = socket.socketpair()
        with theirs:
            process = await asyncio.create_subprocess_exec(
                *(*command, str(theirs.fileno())),
                pass_fds=[listener.fileno(), theirs.fileno()],
                env=environment,
            )
        return cls(process, *await asyncio.open_connection(sock=ours))

    @property
    def age_s(self) -> float:
        return time.monotonic() - self._started

    def leave(self) -> None:
        """Ask it to stop, which is no reason to be not ready."""
        self._writer.write(LEAVE)

    def signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)

    async def until_end(self, silence_s: float) -> int:
        """Wait until the process has ended; one that falls silent is ended."""
        listening = asyncio.create_task(self._listen())
        look = time.monotonic()
        last_word = signal.SIGABRT  # faulthandler then shows where it hangs
        while not self.ended.done():
            await asyncio.wait({self.ended}, timeout=BEAT_EVERY_S)
            last, look = look, time.monotonic()
            if look - last > 2 * BEAT_EVERY_S:
                self._heard = look  # this process, too, stood still: the machine paused
            if self.ready.is_set() and look - self._heard > silence_s:
                logger.error("Worker %s is silent: its event loop is blocked.", self.pid)
                self.signal(last_word)
                last_word = signal.SIGKILL
        listening.cancel()
        self._writer.close()
        return self.ended.result()

    async def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while data := await self._reader.read(1024):
                self._heard = time.monotonic()
                if READY in data:
                    self.ready.set()

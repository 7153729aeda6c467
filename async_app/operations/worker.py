"""One worker process: hypercorn, and a stop that keeps its bounds.

Started by `supervisor`, which is at the other end of its `lifeline`.
"""

import asyncio
import contextlib
import faulthandler
import gc
import logging
import signal
import socket
import sys
from collections.abc import Callable

from hypercorn.asyncio import serve
from hypercorn.config import Config as ServerConfig
from quart import Quart

from ..app import create_app
from ..config import ConfigError
from ..database import db
from .lifeline import BEAT, BEAT_EVERY_S, LEAVE, READY

logger = logging.getLogger(__name__)

MARGIN_S = 0.5
NEVER_S = 86_400.0
LAST_WORDS_S = 3.0
"""The dialect's `close_timeout` is 2 s."""
LAST_REQUESTS_S = 0.3


def main(config: ServerConfig, lifeline: socket.socket, drain_s: float) -> int:
    """Serve until SIGTERM or the end of the lifeline; the exit code."""
    faulthandler.enable()  # SIGABRT, of a supervisor that hears nothing, then shows where it hangs
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C goes to the supervisor too
    try:
        app = create_app()
    except ConfigError as error:
        print(error, file=sys.stderr)  # noqa: T201 -- the log is set up from what is wrong
        return 2
    config.errorlog = logging.getLogger("hypercorn.error")
    # What is there by now stays: no need to look through it again and again. And with thousands of
    # clients, each some hundred objects, Python's thresholds mean collections without a pause.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    with asyncio.Runner(loop_factory=_loop_factory(config.worker_class)) as runner:
        return runner.run(_Worker(app, config, lifeline, drain_s).run())


def _loop_factory(worker_class: str) -> Callable[[], asyncio.AbstractEventLoop] | None:
    if worker_class != "uvloop":
        return None
    import uvloop

    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


class _Worker:
    def __init__(
        self, app: Quart, config: ServerConfig, lifeline: socket.socket, drain_s: float
    ) -> None:
        self._app = app
        self._config = config
        self._lifeline = lifeline
        self._drain_s = drain_s
        # On Python 3.11 hypercorn would cut requests short itself, and this worker then their clean
        # ends. From 3.12 on its limit does not hold (its issue 308).
        self._graceful_s, config.graceful_timeout = config.graceful_timeout, NEVER_S
        self._listener = int(config.bind[0].removeprefix("fd://"))
        self._leaving = False
        self._stop = asyncio.Event()
        self._closing = asyncio.Event()
        self._beating: asyncio.Task[None] | None = None  # until the application has started
        app.before_serving(self._started)

    async def run(self) -> int:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self._stop.set)
        reader, self._writer = await asyncio.open_connection(sock=self._lifeline)
        watching = asyncio.create_task(self._watch(reader))
        serving = asyncio.create_task(
            serve(self._app, self._config, shutdown_trigger=self._until_stop)
        )
        closing = asyncio.create_task(self._closing.wait())
        try:
            await asyncio.wait({serving, closing}, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait({serving}, timeout=self._graceful_s)
            if serving.done():
                await serving  # raises what it has failed with
            else:
                await self._cut_short(keep=watching)
        finally:
            watching.cancel()
            closing.cancel()
            if self._beating:
                self._beating.cancel()
            # Of requests that were cut short: their statements are being cancelled on the server,
            # their connections closed, after the pool has been disposed.
            if last := asyncio.all_tasks() - {asyncio.current_task()}:
                await asyncio.wait(last, timeout=LAST_WORDS_S)
            self._writer.close()
        return 0

    async def _cut_short(self, *, keep: asyncio.Task[None]) -> None:
        logger.warning("Requests did not end within %s s; they are cut short.", self._graceful_s)
        tasks = asyncio.all_tasks() - {asyncio.current_task(), keep}
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=MARGIN_S)
        # What hypercorn then does not come to: disposing the engine, which has a bound of its own.
        await self._app.shutdown()

    async def _started(self) -> None:
        self._beating = asyncio.create_task(self._beat())

    async def _beat(self) -> None:
        self._writer.write(READY)
        while True:
            self._writer.write(BEAT)
            await asyncio.sleep(BEAT_EVERY_S)

    async def _watch(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(OSError):
            self._leaving = await reader.read(1) == LEAVE
        self._stop.set()

    async def _until_stop(self) -> None:
        """First not ready, for a while in which the load balancer notices; then no new requests."""
        await self._stop.wait()
        if not self._leaving:
            db.drain(self._app)
            if self._drain_s:
                logger.info("Not ready from now on; stopping in %s s.", self._drain_s)
                await asyncio.sleep(self._drain_s)
        # Hypercorn closes a connection that it has accepted and whose request it has not read. So
        # no more are accepted (on uvloop this has no effect), and the last get their request in.
        asyncio.get_running_loop().remove_reader(self._listener)
        await asyncio.sleep(LAST_REQUESTS_S)
        self._closing.set()

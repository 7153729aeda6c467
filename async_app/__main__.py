"""``python -m async_app``: serve, with supervised workers."""

import argparse
import asyncio
import os
import socket
import sys
from importlib.util import find_spec
from pathlib import Path

from hypercorn.config import Config as ServerConfig

from .logs import configure

DEFAULT = Path(__file__).with_name("hypercorn.toml")
KILL_MARGIN_S = 10.0
"""What a worker may take beyond its bounds: to cut requests short and dispose the engine."""


def main() -> int:
    """Serve until a signal; the exit code: 2 where a setting is wrong."""
    arguments = _arguments()
    config = ServerConfig.from_toml(arguments.config)
    config.bind = arguments.bind or config.bind
    config.workers = arguments.workers or config.workers
    if arguments.graceful_timeout is not None:
        config.graceful_timeout = arguments.graceful_timeout
    config.worker_class = arguments.worker_class or config.worker_class
    if arguments.worker is not None:
        from .operations import worker

        config.workers = 1
        return worker.main(config, socket.socket(fileno=arguments.worker), arguments.drain)

    from .operations.supervisor import Supervisor

    configure("INFO")
    if config.worker_class == "uvloop" and not find_spec("uvloop"):
        return _refuse("The worker class uvloop needs uvloop: pip install uvloop")
    if len(config.bind) != 1 or config.ssl_enabled:
        return _refuse("The workers share one socket: give one address, without TLS.")
    try:
        (listener,) = config.create_sockets().insecure_sockets
        listener.listen(config.backlog)
    except OSError as error:
        return _refuse(f"Cannot listen on {config.bind[0]}: {error}")
    command = [
        *(sys.executable, "-m", __package__, "--config", arguments.config),
        *("--bind", f"fd://{listener.fileno()}", "--drain", str(arguments.drain)),
        *("--graceful-timeout", str(config.graceful_timeout)),
        *("--worker-class", config.worker_class, "--worker"),
    ]
    within_s = arguments.drain + config.graceful_timeout + KILL_MARGIN_S
    supervisor = Supervisor(
        command,
        listener,
        workers=config.workers,
        stop_within_s=within_s,
        silence_s=arguments.silence_timeout,
    )
    return asyncio.run(supervisor.run())


def _refuse(message: str) -> int:
    print(message, file=sys.stderr)  # noqa: T201 -- of a command line
    return 2


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m async_app", description=__doc__)
    parser.add_argument("--config", default=str(DEFAULT), help="hypercorn's, as TOML")
    parser.add_argument("--bind", action="append", help="instead of the file's: HOST:PORT, fd://N")
    parser.add_argument("--workers", type=int, help="instead of the file's")
    parser.add_argument("--graceful-timeout", type=float, help="instead of the file's; seconds")
    parser.add_argument(
        "--worker-class",
        choices=["asyncio", "uvloop"],
        help="the event loop, instead of the file's; uvloop has to be installed",
    )
    parser.add_argument(
        "--drain",
        type=float,
        default=os.environ.get("DRAIN_S", "5"),  # a text is checked like an argument
        metavar="SECONDS",
        help="between not being ready and the stop: as long as a load balancer needs to notice"
        " (default: the environment's DRAIN_S, else %(default)s)",
    )
    parser.add_argument(
        "--silence-timeout",
        type=float,
        default=30.0,
        metavar="SECONDS",
        help="a worker whose event loop is blocked for longer is replaced (default: %(default)s)",
    )
    parser.add_argument("--worker", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

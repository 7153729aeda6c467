"""Serve the Quart service by uvicorn: ``python -m migration_guide.kit.bench.http.on_uvicorn FD``.

Its own option for an inherited socket takes it for one of the UNIX domain.
"""

import socket
import sys

import uvicorn


def main() -> None:
    config = uvicorn.Config(
        "async_app.app:create_app",
        factory=True,
        loop="uvloop",
        http="httptools",
        log_level="warning",
        access_log=False,
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(sys.argv[1]))])


if __name__ == "__main__":
    main()

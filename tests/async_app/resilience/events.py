"""What goes wrong, as one piece of work for a synchronous and an asynchronous engine alike."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import psycopg2
from sqlalchemy import Connection, text

from migration_guide.kit.lab.proxy import FaultProxy

GONE_DEADLINE_S = 5.0


@dataclass(frozen=True)
class World:
    """What an event can do from outside."""

    admin_dsn: str
    proxy: FaultProxy

    @contextlib.contextmanager
    def admin(self) -> Iterator[Any]:
        with contextlib.closing(psycopg2.connect(self.admin_dsn)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                yield cursor

    def until_gone(self, pid: int) -> None:
        """Wait until the server has ended a session."""
        end = time.monotonic() + GONE_DEADLINE_S
        with self.admin() as cursor:
            while time.monotonic() < end:
                cursor.execute("SELECT FROM pg_stat_activity WHERE pid = %s", (pid,))
                if cursor.fetchone() is None:
                    return
        raise TimeoutError(f"session {pid} is still there")


Work = Callable[[Connection, World], object]


@dataclass(frozen=True)
class Event:
    """One way in which something goes wrong.

    Attributes:
        name: as in the table.
        work: makes it happen in a transaction on a connection; None: connecting itself fails.
        query: parameters of the URL.
        database, user: instead of those that work.
        silent: new connections are not answered.
        refused: nobody listens.
        seen_by_client: asyncpg finds it before the server does, and gives the class of SQLSTATE.

    """

    name: str
    work: Work | None = None
    query: dict[str, str] = field(default_factory=dict)
    database: str | None = None
    user: str | None = None
    password: str | None = None
    silent: bool = False
    refused: bool = False
    seen_by_client: bool = False

    ROLE: ClassVar[str] = "port_kit_test_full"  # a role that may have no connection
    ROLE_PASSWORD: ClassVar[str] = "not secret"


def sql(*statements: str, **parameters: Any) -> Work:
    """Work that runs statements one after the other."""

    def work(connection: Connection, _: World) -> None:
        for statement in statements:
            connection.execute(text(statement), parameters)

    return work


def raising(sqlstate: str) -> Work:
    return sql(f"DO $$ BEGIN RAISE EXCEPTION 'on purpose' USING ERRCODE = '{sqlstate}'; END $$")


def _pid(connection: Connection) -> int:
    return int(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())


def idle_in_transaction(connection: Connection, world: World) -> None:
    connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = '50ms'"))
    world.until_gone(_pid(connection))
    connection.execute(text("SELECT 1"))


def killed_between_statements(connection: Connection, world: World) -> None:
    pid = _pid(connection)
    with world.admin() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", (pid,))
    world.until_gone(pid)
    connection.execute(text("SELECT 1"))


def reset_between_statements(connection: Connection, world: World) -> None:
    connection.execute(text("SELECT 1"))
    world.proxy.reset_peer()
    connection.execute(text("SELECT 1"))


def reset_mid_query(connection: Connection, world: World) -> None:
    connection.execute(text("SELECT 1"))
    timer = threading.Timer(0.2, world.proxy.reset_peer)
    timer.start()
    try:
        connection.execute(text("SELECT pg_sleep(20)"))
    finally:
        timer.join()


def reset_before_commit(connection: Connection, world: World) -> None:
    connection.execute(text("UPDATE items SET name = name WHERE id = 1"))
    world.proxy.reset_peer()
    connection.commit()


def locked(connection: Connection, world: World) -> None:
    with world.admin() as cursor:
        cursor.execute("BEGIN; LOCK TABLE items IN ACCESS EXCLUSIVE MODE")
        connection.execute(text("SET LOCAL lock_timeout = '50ms'"))
        connection.execute(text("SELECT FROM items"))


def violated_at_commit(connection: Connection, _: World) -> None:
    connection.execute(text("INSERT INTO parts (item) VALUES (99)"))
    connection.commit()


EVENTS = (
    Event("connection refused", refused=True),
    Event("no answer to a connection attempt", query={"connect_timeout": "1"}, silent=True),
    Event("wrong password (28P01)", password="wrong"),
    Event("no such database (3D000)", database="port_kit_test_none"),
    Event("too many connections (53300)", user=Event.ROLE, password=Event.ROLE_PASSWORD),
    Event("terminated mid-query (57P01)", sql("SELECT pg_terminate_backend(pg_backend_pid())")),
    Event("terminated between two statements", killed_between_statements),
    Event("idle_in_transaction_session_timeout (25P03)", idle_in_transaction),
    Event("reset between two statements", reset_between_statements),
    Event("reset mid-query", reset_mid_query),
    Event("reset before COMMIT", reset_before_commit),
    Event("feature not supported (0A000)", raising("0A000")),
    Event("too many rows in a subquery (21000)", sql("SELECT (SELECT id FROM items)")),
    Event("division by zero (22012)", sql("SELECT 1 / 0")),
    Event("value too long (22001)", sql("INSERT INTO parts (label) VALUES ('too long')")),
    Event(
        "a parameter of the wrong type",
        sql("SELECT 1 WHERE 1 = CAST(:x AS int)", x="one"),
        seen_by_client=True,
    ),
    Event("not null violated (23502)", sql("INSERT INTO items (name) VALUES ('x')")),
    Event(
        "foreign key violated (23503)",
        sql("INSERT INTO parts (item) VALUES (98)", "SET CONSTRAINTS ALL IMMEDIATE"),
    ),
    Event("foreign key violated at COMMIT (23503)", violated_at_commit),
    Event("unique violated (23505)", sql("INSERT INTO items VALUES (1, 'x')")),
    Event("check violated (23514)", sql("INSERT INTO parts (number) VALUES (-1)")),
    Event(
        "write in a read-only transaction (25006)",
        sql("SET TRANSACTION READ ONLY", "DELETE FROM items"),
    ),
    Event("serialization failure (40001)", raising("40001")),
    Event("deadlock (40P01)", raising("40P01")),
    Event("syntax error (42601)", sql("SELEC 1")),
    Event("no such table (42P01)", sql("SELECT FROM nothing_like_it")),
    Event("no such column (42703)", sql("SELECT nothing_like_it FROM items")),
    Event("out of memory (53200)", raising("53200")),
    Event("lock not available (55P03)", locked),
    Event(
        "statement_timeout (57014)",
        sql("SET LOCAL statement_timeout = '50ms'", "SELECT pg_sleep(20)"),
    ),
    Event("RAISE EXCEPTION (P0001)", raising("P0001")),
    Event("internal error (XX000)", raising("XX000")),
)

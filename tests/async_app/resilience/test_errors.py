"""Errors have the classes that psycopg2 gives them, side by side on one server."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import psycopg2.errorcodes
import psycopg2.errors
import pytest
from sqlalchemy import URL, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

import async_app.resilience
from async_app.resilience.dialect import ResilientDialect
from async_app.resilience.errors import SQLSTATE_CLASSES, Diagnostics
from migration_guide.kit.lab.service import listen
from migration_guide.kit.lab.stacks import PSYCOPG2, RESILIENT, STOCK
from tests.async_app.resilience.events import EVENTS, Event, World
from tests.async_app.resilience.work import Bench, read

REFERENCE = Path(async_app.resilience.__file__).parents[2] / "migration_guide/reference"
TABLE = REFERENCE / "error-classes.md"


@dataclass(frozen=True)
class Seen:
    """The error as a handler sees it."""

    error: BaseException

    @property
    def name(self) -> str:
        kind = type(self.error)
        if kind.__module__ == "sqlalchemy.exc":
            return kind.__name__
        return f"builtin {kind.__name__}" if kind.__module__ == "builtins" else kind.__qualname__

    @property
    def invalidated(self) -> bool:
        return bool(getattr(self.error, "connection_invalidated", False))

    @property
    def orig(self) -> Any:
        return getattr(self.error, "orig", None)

    def __str__(self) -> str:
        return self.name + (", invalidated" if self.invalidated else "")


@pytest.fixture(scope="module")
async def tables(server: Any, database: str) -> AsyncIterator[None]:
    async with server.connect(database) as connection:
        await connection.execute(
            "CREATE TABLE parts (label varchar(5), number int CHECK (number > 0),"
            " item int REFERENCES items DEFERRABLE INITIALLY DEFERRED)"
        )
        await connection.execute(
            f"CREATE ROLE {Event.ROLE} LOGIN CONNECTION LIMIT 0 PASSWORD '{Event.ROLE_PASSWORD}'"
        )
        yield
        await connection.execute(f"DROP ROLE {Event.ROLE}")


@pytest.fixture
def refusing_port() -> Iterator[int]:
    with contextlib.closing(listen("127.0.0.1", 0)) as bound:  # bound, not listening: refuses
        yield bound.getsockname()[1]


async def provoke(event: Event, driver: str, bench: Bench, refusing_port: int) -> Seen:
    """Let it go wrong on one driver."""
    url = make_url(bench.url(driver)).update_query_dict(event.query)
    url = url.set(
        database=event.database or url.database,
        username=event.user or url.username,
        password=event.password or url.password,
        port=refusing_port if event.refused else url.port,
    )
    if driver == STOCK and event.query:
        url = url.difference_update_query(event.query)
    world = World(bench.server.url(bench.database), bench.proxy)
    if event.silent:
        bench.proxy.timeout(existing=False, new=True)
    run = _run_sync if driver == PSYCOPG2 else _run_async
    try:
        await run(url, event, world)
    except Exception as error:  # noqa: BLE001 -- whatever it is
        return Seen(error)
    finally:
        bench.proxy.heal()
    raise AssertionError(f"{event.name}: nothing went wrong on {driver}")


async def _run_async(url: URL, event: Event, world: World) -> None:
    timeout = {"timeout": 1} if event.silent and STOCK in url.drivername else {}
    engine = create_async_engine(url, poolclass=NullPool, connect_args=timeout)
    async with engine.connect() as connection:
        if event.work:
            await connection.run_sync(event.work, world)


async def _run_sync(url: URL, event: Event, world: World) -> None:
    def work() -> None:
        engine = create_engine(url, poolclass=NullPool)
        with engine.connect() as connection:
            if event.work:
                event.work(connection, world)

    await asyncio.to_thread(work)


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.name)
async def test_the_class_is_that_of_psycopg2(
    event: Event, bench: Bench, refusing_port: int
) -> None:
    before = await provoke(event, PSYCOPG2, bench, refusing_port)
    after = await provoke(event, RESILIENT, bench, refusing_port)
    assert str(after) == str(before)
    assert isinstance(before.error, DBAPIError)
    if before.orig.pgcode:
        known = 2 if event.seen_by_client else 5
        assert after.orig.pgcode[:known] == before.orig.pgcode[:known]
        assert after.orig.sqlstate == after.orig.pgcode


@pytest.mark.usefixtures("tables")
async def test_the_reference_table_is_what_was_seen(
    bench: Bench, refusing_port: int, request: pytest.FixtureRequest
) -> None:
    rows = []
    for event in EVENTS:
        seen = [
            str(await provoke(event, driver, bench, refusing_port))
            for driver in (PSYCOPG2, STOCK, RESILIENT)
        ]
        rows.append(f"| {event.name} | {' | '.join(seen)} |")
    table = "\n".join([HEADER, *rows, ""])
    if request.config.getoption("--write-reference"):
        TABLE.parent.mkdir(exist_ok=True)
        TABLE.write_text(table)
    assert TABLE.read_text() == table, "run pytest --write-reference and look at the difference"


HEADER = """\
# Which exception a handler sees

SQLAlchemy's exception for what went wrong, on the same server. *Invalidated* stands for
`connection_invalidated`: the connection is gone, and the pool replaces it. Generated by
`pytest tests/async_app/resilience/test_errors.py --write-reference`.

| event | psycopg2 | asyncpg, stock dialect | resilient dialect |
|---|---|---|---|"""


def test_each_sqlstate_has_the_class_of_psycopg2() -> None:
    codes = {
        code
        for name in dir(psycopg2.errorcodes)
        if isinstance(code := getattr(psycopg2.errorcodes, name), str) and len(code) == 5
    }
    dbapi = ResilientDialect.import_dbapi()
    known = 0
    for code in sorted(codes):
        try:
            expected = psycopg2.errors.lookup(code)
        except KeyError:
            continue  # an exception class of psycopg2, not of an error
        by_class = SQLSTATE_CLASSES.get(code[:2], "DatabaseError")
        found = getattr(dbapi, SQLSTATE_CLASSES.get(code, by_class))
        names = [base.__name__ for base in found.__mro__]
        base = next(base for base in expected.__mro__ if base.__module__ == "psycopg2")
        assert base.__name__ in names, code
        known += 1
    assert known > 200


async def unique_violation(driver: str, bench: Bench) -> IntegrityError:
    event = next(event for event in EVENTS if "23505" in event.name)
    seen = await provoke(event, driver, bench, 0)
    assert isinstance(seen.error, IntegrityError)
    return seen.error


async def test_the_fields_of_diag_are_those_of_psycopg2(bench: Bench) -> None:
    before: Any = (await unique_violation(PSYCOPG2, bench)).orig
    after: Any = (await unique_violation(RESILIENT, bench)).orig
    names = [field.name for field in fields(Diagnostics)]
    assert {name: getattr(after.diag, name) for name in names} == {
        name: getattr(before.diag, name) for name in names
    }
    assert after.diag.constraint_name == "items_pkey"
    assert after.pgerror == before.pgerror
    assert str(after) == str(before).rstrip("\n")


async def test_the_stock_dialect_has_no_diag(bench: Bench) -> None:
    """The control."""
    assert not hasattr((await unique_violation(STOCK, bench)).orig, "diag")


async def test_an_error_of_the_network_has_no_diag(bench: Bench, refusing_port: int) -> None:
    seen = await provoke(EVENTS[0], RESILIENT, bench, refusing_port)
    assert seen.orig.diag == Diagnostics()
    assert seen.orig.pgerror is seen.orig.sqlstate is None
    assert isinstance(seen.orig.driver_exception, OSError)


async def test_a_failed_connect_does_not_tell_the_password(
    bench: Bench, refusing_port: int
) -> None:
    for event in EVENTS:
        if event.work is None:
            seen = await provoke(event, RESILIENT, bench, refusing_port)
            password = event.password or make_url(bench.url()).password
            assert str(password) not in str(seen.error)


async def test_a_stream_fails_in_the_same_classes(bench: Bench) -> None:
    async with bench.engine() as engine:
        await read(engine)

        async def stream() -> None:
            async with engine.connect() as connection:
                async for _ in await connection.stream(text("SELECT generate_series(1, 5000)")):
                    bench.proxy.reset_peer()

        with pytest.raises(DBAPIError) as caught:
            await stream()
        assert type(caught.value).__name__ == "OperationalError"
        assert caught.value.connection_invalidated

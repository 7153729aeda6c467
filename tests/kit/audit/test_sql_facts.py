"""What the rules for SQL claim, on a real server: psycopg2 accepts it, asyncpg does not."""

import asyncio
import datetime as dt
import io
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import (
    Connection,
    Engine,
    Function,
    Integer,
    Interval,
    String,
    bindparam,
    cast,
    create_engine,
    extract,
    func,
    insert,
    make_url,
    select,
    text,
    update,
)
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from migration_guide.kit.lab.server import Server


class Base(DeclarativeBase):
    pass


class Item(Base):
    __tablename__ = "item"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None]
    quantity: Mapped[int | None]
    weight: Mapped[float | None]
    is_new: Mapped[bool | None]
    made: Mapped[dt.datetime | None]
    day: Mapped[dt.date | None]
    age: Mapped[dt.timedelta | None]


Work = Callable[[Session], object]


@dataclass
class Engines:
    psycopg2: Engine
    asyncpg: AsyncEngine

    async def on_psycopg2(self, work: Work) -> None:
        def run() -> None:
            with Session(self.psycopg2) as session:
                work(session)

        await asyncio.to_thread(run)

    async def on_asyncpg(self, work: Work) -> None:
        def run(connection: Connection) -> None:
            with Session(connection) as session:
                work(session)

        async with self.asyncpg.connect() as connection:
            await connection.run_sync(run)


@pytest.fixture(scope="module")
async def engines(server: Server) -> AsyncIterator[Engines]:
    async with server.database("port_kit_test_sql_facts") as name:
        url = make_url(server.url(name)).set(query={})
        both = Engines(
            create_engine(url.set(drivername="postgresql+psycopg2")),
            create_async_engine(url.set(drivername="postgresql+asyncpg")),
        )
        async with both.asyncpg.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        yield both
        await both.asyncpg.dispose()
        both.psycopg2.dispose()


def sql(statement: str, **parameters: object) -> Work:
    return lambda session: session.execute(text(statement), parameters)


def run(make: Callable[[], object]) -> Work:
    return lambda session: session.execute(make())  # type: ignore[call-overload]


def stored(**values: object) -> Work:
    def work(session: Session) -> None:
        session.add(Item(**values))
        session.flush()

    return work


def driver(statement: str, *parameters: object) -> Work:
    return lambda session: session.connection().exec_driver_sql(statement, parameters)


def day() -> Function[object]:
    return func.date_trunc("day", Item.made)


SYNTAX = "syntax error at or near"
NO_TYPE = "could not determine data type of parameter"
INPUT = "invalid input for query argument"
OPERATOR = "operator does not exist"
GROUP = "must appear in the GROUP BY clause"
MATCHED = "cannot be matched"

REFUSED: dict[str, list[tuple[Work, str]]] = {
    "parameter-as-sql-text": [
        (sql("SELECT id FROM item WHERE id IN :ids", ids=(1, 2)), SYNTAX),
        (sql("SELECT id FROM item WHERE id NOT IN :ids", ids=(1, 2)), SYNTAX),
        (sql("SELECT * FROM (VALUES :row) AS rows", row=(1, 2)), SYNTAX),
        (sql("SELECT now() - INTERVAL :age", age="1 day"), SYNTAX),
        (sql("SELECT DATE :day", day="2026-01-31"), SYNTAX),
        (sql("SELECT TIMESTAMPTZ :at", at="2026-01-31"), SYNTAX),
        (sql("SELECT JSON :document", document="{}"), SYNTAX),
        (sql("SET LOCAL statement_timeout = :limit", limit=5000), SYNTAX),
        (sql("SET search_path TO :path", path="public"), SYNTAX),
        (sql("NOTIFY channel, :payload", payload="x"), SYNTAX),
        (sql("CREATE ROLE port_kit_nobody PASSWORD :password", password="x"), SYNTAX),
    ],
    "untyped-parameter": [
        (sql("SELECT 1 WHERE :p IS NULL", p=None), NO_TYPE),
        (sql("SELECT 1 FROM item WHERE :p IS NULL OR quantity = :p", p=1), NO_TYPE),
        (sql("SELECT 1 WHERE :p IS NOT NULL", p="x"), NO_TYPE),
        (sql("SELECT 1 FROM item WHERE name LIKE concat('%', :p, '%')", p="x"), NO_TYPE),
        (sql("SELECT format('%s', :p)", p="x"), NO_TYPE),
        (sql("SELECT json_build_object('a', :p)", p="x"), NO_TYPE),
        (sql("SELECT jsonb_build_array(:p)", p="x"), NO_TYPE),
        (sql("SELECT unnest(:p)", p=[1]), "function unnest.unknown. is not unique"),
    ],
    "several-statements": [
        (sql("SELECT 1; SELECT 2"), "cannot insert multiple commands"),
        (sql("CREATE TEMP TABLE a (i int); CREATE TEMP TABLE b (i int)"), "multiple commands"),
    ],
    "psycopg2-placeholder": [
        (driver("SELECT %s::int", 1), SYNTAX),
        (lambda one: one.connection().exec_driver_sql("SELECT %(a)s::int", {"a": 1}), SYNTAX),
    ],
    "repeated-expression": [
        (run(lambda: select(day(), func.count()).group_by(day())), GROUP),
        (run(lambda: select(day().label("d"), func.count()).group_by(day())), GROUP),
        (run(lambda: select(Item.quantity > 2, func.count()).group_by(Item.quantity > 2)), GROUP),
        (run(lambda: select(Item.quantity % 2, func.count()).group_by(Item.quantity % 2)), GROUP),
        (
            run(
                lambda: select(func.coalesce(Item.name, ""), func.count()).group_by(
                    func.coalesce(Item.name, "")
                )
            ),
            GROUP,
        ),
        (
            run(lambda: select(day()).distinct().order_by(day())),
            "ORDER BY expressions must appear in select list",
        ),
    ],
    "value-of-another-type": [
        (run(lambda: select(Item.id).where(Item.quantity == "1")), OPERATOR),
        (run(lambda: select(Item.id).where(Item.quantity.in_(["1"]))), OPERATOR),
        (run(lambda: select(Item.id).where(Item.weight == "1")), OPERATOR),
        (run(lambda: select(Item.id).where(Item.is_new == "true")), OPERATOR),
        (run(lambda: select(Item.id).where(Item.made > "2026-01-31")), OPERATOR),
        (
            run(lambda: select(Item.id).where(Item.day.between("2026-01-01", "2026-01-31"))),
            OPERATOR,
        ),
        (run(lambda: select(Item.id).where(Item.age == "1 day")), OPERATOR),
        (run(lambda: select(Item.id).where(func.date(Item.made) == "2026-01-31")), OPERATOR),
        (run(lambda: select(Item.id).where(day() > "2026-01-31")), OPERATOR),
        (run(lambda: select(Item.id).where(extract("year", Item.made) == "2026")), OPERATOR),
        (run(lambda: select(Item.name).group_by(Item.name).having(func.count() > "1")), OPERATOR),
        (lambda one: one.query(Item).filter_by(quantity="1").all(), OPERATOR),
        (lambda one: one.get(Item, "1"), INPUT),
        (run(lambda: select(func.coalesce(Item.quantity, "0"))), MATCHED),
        (run(lambda: select(func.coalesce(func.sum(Item.quantity), "0"))), MATCHED),
        (run(lambda: select(func.greatest(Item.quantity, "1"))), MATCHED),
        (run(lambda: select(func.nullif(Item.quantity, "1"))), OPERATOR),
        (run(lambda: select(cast("1 day", Interval))), INPUT),
        (run(lambda: select(cast("1", Integer))), INPUT),
        (stored(quantity="1"), INPUT),
        (sql("SELECT 1 FROM item WHERE made < :at", at="2026-01-31"), INPUT),
        (sql("SELECT 1 FROM item WHERE day < CAST(:at AS date)", at="2026-01-31"), INPUT),
        (stored(weight="1.5"), INPUT),
        (stored(made="2026-01-31"), INPUT),
        (stored(day="2026-01-31"), INPUT),
        (stored(age="1 day"), INPUT),
        (stored(name=7), INPUT),
        (run(lambda: insert(Item).values(day="2026-01-31")), INPUT),
        (run(lambda: update(Item).values(name=7)), INPUT),
    ],
}
"""By the rule that finds it: what psycopg2 accepts, and a piece of the error under asyncpg."""

ACCEPTED: list[Work] = [
    sql("SELECT id FROM item WHERE id = ANY(:ids)", ids=[1, 2]),
    sql("SELECT set_config('statement_timeout', :limit, true)", limit="5000"),
    sql("SELECT now() - CAST(:age AS interval)", age=dt.timedelta(days=1)),
    sql("SELECT pg_notify('channel', :payload)", payload="x"),
    sql("SELECT 1 FROM item WHERE quantity = :p OR :p IS NULL", p=1),
    sql("SELECT 1 WHERE CAST(:p AS integer) IS NULL", p=1),
    sql("SELECT json_build_object('a', CAST(:p AS text))", p="x"),
    sql("SELECT 1 FROM item WHERE name LIKE '%' || :p || '%'", p="x"),
    sql("SELECT 1;"),
    sql("SELECT ';'"),
    sql("DO $$ BEGIN PERFORM 1; PERFORM 2; END $$"),
    lambda one: one.execute(
        text("SELECT 1 WHERE 1 IN :p").bindparams(bindparam("p", expanding=True)), {"p": [1]}
    ),
    lambda one: one.execute(
        text("SELECT 1 WHERE :p IS NULL").bindparams(bindparam("p", type_=String)), {"p": None}
    ),
    run(lambda: select(one := day(), func.count()).group_by(one)),
    run(lambda: select(extract("year", Item.made)).group_by(extract("year", Item.made))),
    run(lambda: select(func.coalesce(Item.quantity, 0))),
    run(lambda: select(Item.id).where(Item.day == dt.datetime(2026, 1, 31))),  # noqa: DTZ001
]
"""What the rules leave alone: both accept it."""


@pytest.mark.parametrize(("work", "error"), [one for found in REFUSED.values() for one in found])
async def test_psycopg2_accepts_what_asyncpg_refuses(
    work: Work, error: str, engines: Engines
) -> None:
    await engines.on_psycopg2(work)
    with pytest.raises(DBAPIError, match=error):
        await engines.on_asyncpg(work)


@pytest.mark.parametrize("work", ACCEPTED)
async def test_both_accept(work: Work, engines: Engines) -> None:
    await engines.on_psycopg2(work)
    await engines.on_asyncpg(work)


async def test_sqlalchemy_refuses_a_plain_string(engines: Engines) -> None:
    def work(session: Session) -> None:
        session.execute("SELECT 1")  # type: ignore[call-overload]

    for on in (engines.on_psycopg2, engines.on_asyncpg):
        with pytest.raises(ArgumentError, match="explicitly declared as text"):
            await on(work)
    assert not hasattr(engines.psycopg2, "execute")


@pytest.mark.parametrize("method", ["copy_expert", "copy_from", "copy_to", "mogrify"])
async def test_the_cursor_has_not_what_psycopg2s_has(method: str, engines: Engines) -> None:
    def work(session: Session) -> None:
        getattr(session.connection().connection.cursor(), method)

    await engines.on_psycopg2(work)
    with pytest.raises(AttributeError, match=method):
        await engines.on_asyncpg(work)


async def test_the_cursor_takes_no_placeholder_of_psycopg2s(engines: Engines) -> None:
    def work(session: Session) -> None:
        session.connection().connection.cursor().execute("SELECT %s", (1,))

    await engines.on_psycopg2(work)
    with pytest.raises(
        Exception, match=SYNTAX
    ):  # the dialect's own class, which has no public name
        await engines.on_asyncpg(work)


async def test_raw_connection_is_a_coroutine(engines: Engines) -> None:
    await asyncio.to_thread(lambda: engines.psycopg2.raw_connection().close())
    made = engines.asyncpg.raw_connection()
    assert asyncio.iscoroutine(made)
    (await made).close()


async def test_what_takes_the_place_of_copy(engines: Engines) -> None:
    async with engines.asyncpg.connect() as connection:
        raw = await connection.get_raw_connection()
        assert raw.driver_connection is not None
        done = await raw.driver_connection.copy_to_table(
            "item", source=io.BytesIO(b"1\tone\n"), columns=["id", "name"]
        )
    assert done == "COPY 1"

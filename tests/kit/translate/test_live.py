"""Each case with psycopg2, the kit's dialect, and the printed code, on a live server."""

import asyncio
import json
import socket
from typing import Any

import psycopg2
import pytest
from sqlalchemy import Connection, create_engine, make_url, pool
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from migration_guide.kit.translate.check import _see, check
from migration_guide.kit.translate.code import assignment, codes, imports
from migration_guide.kit.translate.effective import expanded
from migration_guide.kit.translate.given import Given
from migration_guide.kit.translate.sources import Place, read_given
from migration_guide.kit.translate.translation import Translation, translate
from tests.kit.translate.cases import OPTIONS, SOCKETS, URLS, WITH_TLS, Case
from tests.kit.translate.conftest import Places

DEADLINE_S = 10
SOCKET_OPTIONS = {
    "keepalives": (socket.SOL_SOCKET, socket.SO_KEEPALIVE),
    "keepalives_idle": (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE),
    "keepalives_interval": (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL),
    "keepalives_count": (socket.IPPROTO_TCP, socket.TCP_KEEPCNT),
    "tcp_user_timeout": (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT),
}
Seen = dict[str, Any]


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, places: Places) -> None:
    monkeypatch.setenv("PGSERVICEFILE", places["servicefile"])
    for name in ("PGAPPNAME", "PGOPTIONS", "PGTZ", "PGSSLMODE", "PGPASSWORD"):
        monkeypatch.delenv(name, raising=False)


def filled(text: str, places: Places) -> str:
    for name, value in places.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def read(case: Case, places: Places) -> tuple[Given, Translation]:
    place = Place(filled(case.url, places), filled(case.options, places))
    environ = {"PGSERVICEFILE": places["servicefile"]} if "servicefile" in places else {}
    given = expanded(read_given(place, environ), environ)
    return given, translate(given, environ)


def before(case: Case, places: Places) -> Seen:
    """With psycopg2, and nothing of the kit's."""
    url = make_url(filled(case.url, places).replace("postgres://", "postgresql://"))
    names = vars(pool) | {"json": json}
    options = eval(filled(case.options, places), names)  # noqa: S307 -- of the table
    engine = create_engine(url.set(drivername="postgresql+psycopg2"), **options)
    with engine.connect() as connection:
        seen = look(connection)
    engine.dispose()
    return seen


def look(connection: Connection) -> Seen:
    driver: Any = connection.connection.driver_connection
    if isinstance(driver, psycopg2.extensions.connection):
        with socket.socket(fileno=driver.fileno()) as sock:
            found = options_of(sock)
            sock.detach()
    else:
        found = options_of(driver._transport.get_extra_info("socket"))
    return {name: str(value) for name, value in (_see(connection) | found).items()}


def options_of(sock: Any) -> Seen:
    if sock.family not in (socket.AF_INET, socket.AF_INET6):
        return {}
    found: Seen = {name: sock.getsockopt(*option) for name, option in SOCKET_OPTIONS.items()}
    found["keepalives"] = bool(found["keepalives"])
    if not found["keepalives"]:  # the others are of no account then
        found |= dict.fromkeys(("keepalives_idle", "keepalives_interval", "keepalives_count"), 0)
    return found


async def after(engine: AsyncEngine) -> Seen:
    async with asyncio.timeout(DEADLINE_S):
        try:
            async with engine.connect() as connection:
                return await connection.run_sync(look)
        finally:
            await engine.dispose()


async def with_stock(code: str) -> Seen:
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 -- as printed
    return await after(names["engine"])


async def with_resilient(translation: Translation) -> Seen:
    lines = [one for code in codes(translation.resilient_options) for one in code.imports]
    names: dict[str, Any] = {}
    exec(f"{imports(lines)}\n{assignment('options', dict(translation.resilient_options))}", names)  # noqa: S102
    return await after(create_async_engine(translation.resilient_url, **names["options"]))


async def hold(case: Case, places: Places) -> None:
    """What the server sees is the same, or a note tells the difference."""
    _, translation = read(case, places)
    seen = await asyncio.to_thread(before, case, places)
    told = {note.key for note in translation.notes}
    assert seen | {what: filled(value, places) for what, value in case.sees.items()} == seen
    assert set(case.told) <= told
    for found in (await with_stock(translation.code), await with_resilient(translation)):
        different = {what for what in seen if seen[what] != found[what]}
        if "keepalives" in told and not any(name in case.url for name in SOCKET_OPTIONS):
            different -= SOCKET_OPTIONS.keys()
        assert {what: (seen[what], found[what]) for what in different - case.differs.keys()} == {}
        assert {case.differs[what] for what in different} <= told


@pytest.mark.parametrize("case", [*URLS, *SOCKETS, *OPTIONS], ids=str)
async def test_the_server_sees_the_same_or_a_note_tells(case: Case, places: Places) -> None:
    await hold(case, places)


@pytest.mark.parametrize("case", WITH_TLS, ids=str)
async def test_the_same_with_tls(case: Case, tls_places: Places) -> None:
    await hold(case, tls_places)


def test_there_are_enough_cases() -> None:
    assert len({*map(str, (*URLS, *SOCKETS, *OPTIONS))}) >= 60


async def test_a_translation_that_loses_something_is_noticed(places: Places) -> None:
    case = Case("application_name=orders")
    _, translation = read(case, places)
    code = translation.code.replace('"application_name": "orders"', "")
    assert (await with_stock(code))["application_name"] != "orders"
    assert (await with_stock(translation.code))["application_name"] == "orders"


async def test_check_finds_the_difference_that_a_note_tells(places: Places) -> None:
    given, _ = read(Case("client_encoding=latin1&application_name=orders"), places)
    checked = await asyncio.to_thread(check, given)
    assert checked.different == ["client_encoding"]
    given, _ = read(Case("application_name=orders"), places)
    assert (await asyncio.to_thread(check, given)).same


async def test_connect_timeout_ends_the_wait_for_a_silent_server(places: Places) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        here = dict(places) | {"host": "127.0.0.1", "port": str(silent.getsockname()[1])}
        case = Case("connect_timeout=2")
        _, translation = read(case, here)
        async with asyncio.timeout(DEADLINE_S / 2):  # before `after` gives up
            outcomes = await asyncio.gather(
                asyncio.to_thread(before, case, here),
                with_stock(translation.code),
                with_resilient(translation),
                return_exceptions=True,
            )
    assert [type(outcome) for outcome in outcomes] == [
        OperationalError,
        TimeoutError,
        OperationalError,
    ]

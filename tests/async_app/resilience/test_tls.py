"""All six sslmodes mean what they mean to psycopg2, on servers with TLS and without."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import trustme
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from migration_guide.kit.lab import tls
from migration_guide.kit.lab.binaries import find_packaged
from migration_guide.kit.lab.postgres import EmbeddedPostgres
from migration_guide.kit.lab.stacks import RESILIENT

PROGRAMS = find_packaged()
pytestmark = pytest.mark.skipif(
    PROGRAMS is None, reason="there is no packaged PostgreSQL, and the wheel's has no TLS"
)

MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
PREFER_DIFFERS = ("plain", "encrypted")
"""Where the certificate is not of the root that is given, libpq goes on without TLS, asyncpg with
it; sslmode=prefer promises neither."""

QUERY = text("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")


@dataclass(frozen=True)
class Place:
    """A server, and the files that a client may be given."""

    server: EmbeddedPostgres
    root: Path
    other_root: Path
    client: Path


@pytest.fixture(scope="module")
async def plain() -> AsyncIterator[EmbeddedPostgres]:
    async with EmbeddedPostgres(PROGRAMS) as server:
        yield server


@pytest.fixture(scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    folder = tmp_path_factory.mktemp("tls")
    authority, other = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "root.crt"))
    other.cert_pem.write_to_path(str(folder / "other.crt"))
    certificate = authority.issue_cert("client@example.com", common_name="postgres")
    certificate.private_key_and_cert_chain_pem.write_to_path(str(folder / "client.pem"))
    (folder / "client.pem").chmod(0o600)
    async with EmbeddedPostgres(PROGRAMS) as server:
        await _turn_on_tls(server, authority)
        yield Place(server, folder / "root.crt", folder / "other.crt", folder / "client.pem")


async def _turn_on_tls(server: EmbeddedPostgres, authority: trustme.CA) -> None:
    """With a certificate for localhost alone, and a user who needs one of a client."""
    await tls.turn_on(server, authority, "localhost")
    access = server.folder / "data" / "pg_hba.conf"
    rule = "hostssl all with_certificate all scram-sha-256 clientcert=verify-ca\n"
    access.write_text(rule + "host all with_certificate all reject\n" + access.read_text())
    connection: asyncpg.Connection = await server.connect()
    await connection.execute(f"CREATE ROLE with_certificate LOGIN PASSWORD '{server.password}'")
    await connection.close()
    await server.restart()


async def both(server: EmbeddedPostgres, **parameters: Any) -> str:
    """What happens with psycopg2 and with the resilient dialect, which has to be the same."""
    url = make_url(server.url()).set(
        host=parameters.pop("host", "localhost"), username=parameters.pop("user", "postgres")
    )
    url = url.update_query_dict({name: str(value) for name, value in parameters.items()})

    def sync() -> bool:
        engine = create_engine(url.set(drivername="postgresql+psycopg2"), poolclass=NullPool)
        with engine.connect() as connection:
            return bool(connection.execute(QUERY).scalar_one())

    async def resilient() -> bool:
        engine = create_async_engine(url.set(drivername=RESILIENT), poolclass=NullPool)
        async with engine.connect() as connection:
            return bool((await connection.execute(QUERY)).scalar_one())

    before = await _outcome(asyncio.to_thread(sync))
    after = await _outcome(resilient())
    if (before, after) != PREFER_DIFFERS or parameters["sslmode"] != "prefer":
        assert after == before
    return after


async def _outcome(work: Any) -> str:
    try:
        return "encrypted" if await work else "plain"
    except OperationalError:
        return "refused"


@pytest.mark.parametrize("mode", MODES)
async def test_a_server_with_a_certificate_of_the_root(place: Place, mode: str) -> None:
    found = await both(place.server, sslmode=mode, sslrootcert=place.root)
    assert found == ("plain" if mode in ("disable", "allow") else "encrypted")


@pytest.mark.parametrize("mode", MODES)
async def test_a_server_under_another_name(place: Place, mode: str) -> None:
    found = await both(place.server, host="127.0.0.1", sslmode=mode, sslrootcert=place.root)
    assert (found == "refused") is (mode == "verify-full")


@pytest.mark.parametrize("mode", MODES)
async def test_a_certificate_of_another_root(place: Place, mode: str) -> None:
    found = await both(place.server, sslmode=mode, sslrootcert=place.other_root)
    assert (found == "refused") is (mode in ("require", "verify-ca", "verify-full"))


@pytest.mark.parametrize("mode", MODES)
async def test_no_root_at_all(place: Place, mode: str) -> None:
    found = await both(place.server, sslmode=mode, sslrootcert="/nowhere/root.crt")
    assert (found == "refused") is (mode in ("verify-ca", "verify-full"))


@pytest.mark.parametrize("mode", MODES)
async def test_a_server_without_tls(plain: EmbeddedPostgres, mode: str) -> None:
    found = await both(plain, sslmode=mode)
    assert found == ("plain" if mode in ("disable", "allow", "prefer") else "refused")


async def test_a_client_with_a_certificate_and_one_without(place: Place) -> None:
    user = {"user": "with_certificate", "sslmode": "verify-full", "sslrootcert": place.root}
    assert await both(place.server, **user) == "refused"
    files = {"sslcert": place.client, "sslkey": place.client}
    assert await both(place.server, **user, **files) == "encrypted"


async def test_the_roots_of_the_system_do_not_know_a_throw_away_one(place: Place) -> None:
    assert await both(place.server, sslmode="verify-full", sslrootcert="system") == "refused"

"""What the server sees by a UNIX socket; and a certificate of somebody else."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from click.testing import CliRunner, Result

from migration_guide.kit.cli import cli
from migration_guide.kit.lab.postgres import EmbeddedPostgres
from tests.kit.translate.conftest import Places


def translate(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["translate", *arguments])


@pytest.fixture
async def by_socket() -> AsyncIterator[str]:
    async with EmbeddedPostgres(socket_in_folder=True) as server:
        yield server.url()


def test_a_unix_socket_is_one_by_each_way(by_socket: str) -> None:
    done = translate(f"{by_socket}&application_name=shop", "--check", "--json", "-")
    assert done.exit_code == 0, done.stderr
    rows = {row["what"]: row for row in json.loads(done.stdout)["check"]["seen"]}
    for way in ("psycopg2", "resilient", "stock"):
        assert rows["server_address"][way] == "UNIX socket"
        assert rows["application_name"][way] == "shop"


def test_a_certificate_of_somebody_else_is_refused_by_each_way(
    tls_places: Places, tmp_path: Path
) -> None:
    other = tmp_path / "other.crt"
    trustme.CA().cert_pem.write_to_path(str(other))
    url = "postgresql://{who}@localhost:{port}/{db}?sslmode=verify-full&sslrootcert={other}"
    for name, value in {**tls_places, "other": str(other)}.items():
        url = url.replace(f"{{{name}}}", value)
    done = translate(url, "--check")
    assert done.exit_code == 2
    assert "--check: psycopg2 cannot connect" in done.stderr
    printed = translate(url, "--reveal", "--json", "-")
    names: dict[str, Any] = {}
    exec(json.loads(printed.stdout)["stock"]["code"], names)  # noqa: S102

    async def connect() -> None:
        async with names["engine"].connect():
            pass

    with pytest.raises(ssl.SSLCertVerificationError):
        asyncio.run(connect())

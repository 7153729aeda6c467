"""Servers and files that the cases name."""

from collections.abc import AsyncIterator, Mapping
from urllib.parse import quote

import pytest
import trustme
from cryptography import x509
from sqlalchemy import make_url

from migration_guide.kit.lab import tls
from migration_guide.kit.lab.binaries import find_packaged
from migration_guide.kit.lab.postgres import EmbeddedPostgres
from migration_guide.kit.lab.server import Server
from tests.kit.translate.cases import ODD_ROLE

ODD = "p@ss:w/o rd?%25&'\"#"
Places = Mapping[str, str]


def _places(url_text: str) -> dict[str, str]:
    url = make_url(url_text)
    user, password = str(url.username), str(url.password)
    return {
        "user": user,
        "password": password,
        "who": f"{user}:{quote(password, safe='')}",
        "odd": f"{ODD_ROLE}:{quote(ODD, safe='')}",
        "host": str(url.host),
        "port": str(url.port),
        "db": str(url.database),
    }


@pytest.fixture(scope="session")
async def places(server: Server, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Places]:
    """What stands in the braces of a case."""
    folder = tmp_path_factory.mktemp("translate")
    async with server.database("port_kit_test_translate") as name:
        async with server.connect(name) as connection:
            literal = ODD.replace("'", "''")
            await connection.execute(f"CREATE ROLE {ODD_ROLE} LOGIN PASSWORD '{literal}'")
        found = _places(server.url(name))
        (folder / "passfile").write_text(f"*:*:*:*:{found['password']}\n")
        (folder / "passfile").chmod(0o600)
        (folder / "services").write_text(
            "[orders]\nhost={host}\nport={port}\ndbname={db}\napplication_name=orders\n".format(
                **found
            )
        )
        found |= {"passfile": str(folder / "passfile"), "servicefile": str(folder / "services")}
        try:
            yield found
        finally:
            async with server.connect() as connection:
                await connection.execute(f"DROP ROLE {ODD_ROLE}")


def _name(certificate: trustme.LeafCert) -> str:
    """As the server shows it."""
    read = x509.load_pem_x509_certificate(certificate.cert_chain_pems[0].bytes())
    return "".join(f"/{part.rfc4514_attribute_name}={part.value!s}" for part in read.subject)


@pytest.fixture(scope="session")
async def tls_places(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Places]:
    programs = find_packaged()
    if programs is None:
        pytest.skip("there is no packaged PostgreSQL, and the wheel's has no TLS")
    authority = trustme.CA()
    folder = tmp_path_factory.mktemp("translate-tls")
    root, client = folder / "root.crt", folder / "client.pem"
    authority.cert_pem.write_to_path(str(root))
    certificate = authority.issue_cert("client@example.com", common_name="orders")
    certificate.private_key_and_cert_chain_pem.write_to_path(str(client))
    client.chmod(0o600)
    async with EmbeddedPostgres(programs) as server:
        await tls.turn_on(server, authority, "localhost")
        await server.restart()
        yield _places(server.url()) | {
            "root": str(root),
            "client": str(client),
            "client_name": _name(certificate),
            "host": "localhost",
        }

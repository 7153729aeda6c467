"""A server with TLS, and a throw-away certificate authority for it."""

import trustme

from migration_guide.kit.lab.postgres import EmbeddedPostgres


async def turn_on(server: EmbeddedPostgres, authority: trustme.CA, name: str) -> None:
    """Let a running server take TLS connections, with a certificate for a host name or address.

    Client certificates of the authority are taken too. Sessions that begin from now on have it.
    The server's programs must be built with TLS (`find_packaged`).
    """
    certificate = authority.issue_cert(name)
    data = server.folder / "data"
    for blob, file in (
        (certificate.private_key_pem, data / "server.key"),
        (certificate.cert_chain_pems[0], data / "server.crt"),
        (authority.cert_pem, data / "root.crt"),
    ):
        blob.write_to_path(str(file))
        file.chmod(0o600)
        server.account.own(file)
    connection = await server.connect()
    try:
        await connection.execute("ALTER SYSTEM SET ssl = on")
        await connection.execute("ALTER SYSTEM SET ssl_ca_file = 'root.crt'")
        await connection.execute("SELECT pg_reload_conf()")
    finally:
        await connection.close()

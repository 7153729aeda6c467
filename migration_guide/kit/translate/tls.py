"""TLS for stock asyncpg: a word where that is enough, an SSLContext where files are named."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from async_app.resilience.parameters import PARAMETERS, Kind

CONTEXT = "ssl_context"
_NOT_ALONE = frozenset({"sslmode", "sslnegotiation"})


@dataclass(frozen=True)
class Tls:
    """What is said of TLS.

    Attributes:
        arguments: of ``asyncpg.connect``; `CONTEXT` stands for the context.
        statements: that make the context.

    """

    arguments: Mapping[str, Any] = field(default_factory=dict)
    statements: tuple[str, ...] = ()


def translated(known: Mapping[str, Any], arguments: dict[str, Any]) -> Tls:
    """Take what `libpq.read` made for TLS out of *arguments*, and say it for stock asyncpg."""
    dsn = arguments.pop("dsn", None)
    if arguments.pop("ssl", None) is True:  # the certificates of the system
        return Tls({"ssl": True})
    if dsn is None:  # by a UNIX socket, or nothing is asked for
        return Tls()
    given = {
        name: str(value)
        for name, value in known.items()
        if PARAMETERS[name].kind is Kind.TLS and value is not None
    }
    if "sslrootcert" in given and "sslrootcert=" not in dsn:
        del given["sslrootcert"]  # sslmode=require, and the file is not there
    mode = given.get("sslmode", "prefer")
    direct = {"direct_tls": True} if given.get("sslnegotiation") == "direct" else {}
    if mode == "disable":
        return Tls({"ssl": False})
    if given.keys() <= _NOT_ALONE:
        return Tls({"ssl": mode} | direct)
    if mode in {"allow", "prefer"} or "sslrootcert" not in given:
        # A context would insist on TLS, and would not look for the root where libpq does.
        return Tls({"dsn": dsn})
    return Tls({"ssl": CONTEXT} | direct, tuple(_statements(given, mode, direct=bool(direct))))


def _statements(given: Mapping[str, str], mode: str, *, direct: bool) -> list[str]:
    made = [f"{CONTEXT} = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)"]
    if mode != "verify-full":
        made.append(f"{CONTEXT}.check_hostname = False")
    made.append(f"{CONTEXT}.load_verify_locations({_quoted(given['sslrootcert'])})")
    if "sslcrl" in given:
        made.append(f"{CONTEXT}.load_verify_locations({_quoted(given['sslcrl'])})")
        made.append(f"{CONTEXT}.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN")
    if "sslcert" in given:
        files = [_quoted(given["sslcert"])]
        if "sslkey" in given:
            files.append(f"keyfile={_quoted(given['sslkey'])}")
        if "sslpassword" in given:
            files.append(f"password={_quoted(given['sslpassword'])}")
        made.append(f"{CONTEXT}.load_cert_chain({', '.join(files)})")
    least = given.get("ssl_min_protocol_version", "TLSv1.2")
    made.append(f"{CONTEXT}.minimum_version = {_version(least)}")
    if "ssl_max_protocol_version" in given:
        made.append(f"{CONTEXT}.maximum_version = {_version(given['ssl_max_protocol_version'])}")
    if direct:
        made.append(f'{CONTEXT}.set_alpn_protocols(["postgresql"])')
    return made


def _version(name: str) -> str:
    return f"ssl.TLSVersion.{name.replace('.', '_')}"


def _quoted(text: str) -> str:
    """In double quotes; a string of JSON is one of Python."""
    return json.dumps(text, ensure_ascii=False)

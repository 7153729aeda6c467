"""Read connection parameters as libpq does, for asyncpg."""

import configparser
import os
import random
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from sqlalchemy.exc import ArgumentError

from .parameters import ALIASES, ASYNCPG_ONLY, PARAMETERS, SERVER_VARIABLES, Kind, Parameter

CONNECT_TIMEOUT_S = 60.0
"""asyncpg's default. libpq waits for the kernel, which gives up after about two minutes."""


SESSION_ATTRIBUTES = ("any", "read-write", "read-only", "primary", "standby", "prefer-standby")
SSLMODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
READ_ONLY_ATTRIBUTES = frozenset({"read-only", "standby", "prefer-standby"})


@dataclass(frozen=True)
class Target:
    """Where and how to connect.

    Attributes:
        hosts: host and port of each server to try, in order; None: asyncpg's default.
        arguments: of ``asyncpg.connect``, apart from host, port, timeout and session attributes.
        session_attributes: what the server has to be, as ``target_session_attrs`` says it.
        timeout_s: for each server; None: no limit.
        socket_options: libpq's name; level, name and value for ``setsockopt``.
        adapter: arguments of SQLAlchemy's adapter.

    """

    hosts: tuple[tuple[str | None, int | None], ...]
    arguments: Mapping[str, Any] = field(repr=False)  # the password is one
    session_attributes: str = "any"
    timeout_s: float | None = CONNECT_TIMEOUT_S
    socket_options: tuple[tuple[str, int, int, int], ...] = ()
    adapter: Mapping[str, Any] = field(default_factory=dict)

    @property
    def wants_read_only(self) -> bool:
        """Whether a server that does not write is what these parameters ask for."""
        return self.session_attributes in READ_ONLY_ATTRIBUTES


def read(given: Mapping[str, Any], environ: Mapping[str, str] = os.environ) -> Target:
    """Understand connection parameters as libpq does.

    Args:
        given: parameters of libpq, asyncpg or SQLAlchemy's adapter; libpq's may be text or of
            their type. `password` may be a callable, also an async one.
        environ: read for what is not given, as libpq reads ``PG*``.

    Raises:
        ArgumentError: a parameter that is unknown, has a wrong value or cannot be honoured. The
            message names it, says what to do, and holds no secret.

    """
    parameters = _canonical(given)
    parameters = _service(parameters, environ) | parameters
    variables = {
        parameter.name: parameter.env
        for parameter in PARAMETERS.values()
        if parameter.env and environ.get(parameter.env) and parameter.name not in parameters
    }
    parameters |= {name: environ[variable] for name, variable in variables.items()}
    _check(parameters, variables)
    hosts = _hosts(parameters)
    arguments = _arguments(parameters, environ)
    if not all(host and host.startswith("/") for host, _ in hosts):
        arguments |= _tls(parameters)
    return Target(
        hosts=hosts,
        arguments=arguments,
        session_attributes=_choice(parameters, "target_session_attrs", SESSION_ATTRIBUTES),
        timeout_s=_timeout(parameters),
        socket_options=_socket_options(parameters),
        adapter={
            name: parameters[name]
            for name in ("prepared_statement_cache_size", "prepared_statement_name_func")
            if name in parameters
        },
    )


def _canonical(given: Mapping[str, Any]) -> dict[str, Any]:
    """Under libpq's names, asyncpg's own read from text."""
    parameters: dict[str, Any] = {}
    for key, value in given.items():
        if value is None:
            continue
        name = ALIASES.get(key, key)
        if name not in PARAMETERS and name not in ASYNCPG_ONLY:
            raise _unknown(key)
        if name in parameters:
            raise ArgumentError(f"The connection parameter {name!r} is given twice, once as {key}.")
        if name in ASYNCPG_ONLY and isinstance(value, str):
            try:
                value = ASYNCPG_ONLY[name](value)  # noqa: PLW2901
            except ValueError:
                raise ArgumentError(
                    f"The connection parameter {name!r} is not a number: {value!r}."
                ) from None
        parameters[name] = value
    return parameters


def _unknown(name: str) -> ArgumentError:
    near = get_close_matches(name, [*PARAMETERS, *ASYNCPG_ONLY], n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return ArgumentError(
        f"The connection parameter {name!r} is known neither to libpq nor to asyncpg.{hint}"
        " A setting of the server goes into options=-c name=value; an engine option such as"
        " ping_timeout stands beside pool_pre_ping."
    )


def _check(parameters: Mapping[str, Any], variables: Mapping[str, str]) -> None:
    for name, value in parameters.items():
        parameter = PARAMETERS.get(name)
        if parameter is None:
            continue
        if parameter.kind is Kind.REFUSED:
            raise _refused(parameter, repr(name), variables.get(name))
        if parameter.kind is Kind.CHECKED and str(value).lower() not in parameter.accepted:
            raise _refused(parameter, f"{name}={value}", variables.get(name))


def _refused(parameter: Parameter, what: str, variable: str | None) -> ArgumentError:
    instead = parameter.way_out or f"leave it out, or write {' or '.join(parameter.accepted)}"
    origin = f" (from the environment variable {variable})" if variable else ""
    return ArgumentError(
        f"The connection parameter {what}{origin} cannot be honoured with asyncpg: {instead}."
    )


def _service(parameters: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """The section of the service file that the parameters ask for."""
    service = parameters.get("service") or environ.get("PGSERVICE")
    if not service:
        return {}
    file = Path(
        parameters.get("servicefile")
        or environ.get("PGSERVICEFILE")
        or Path.home() / ".pg_service.conf"
    )
    # The file is not Python's: no default section, no interpolation of %.
    sections = configparser.ConfigParser(interpolation=None, default_section="\n")
    try:
        with file.open(encoding="utf-8") as lines:
            sections.read_file(lines)
    except OSError as error:
        raise ArgumentError(f"The service file {file} cannot be read: {error.strerror}.") from None
    except configparser.Error as error:
        raise ArgumentError(
            f"The service file {file} is not understood: {error.message}."
        ) from None
    if service not in sections:
        raise ArgumentError(f"There is no service {service!r} in {file}.")
    return _canonical(sections[service])


def _hosts(parameters: Mapping[str, Any]) -> tuple[tuple[str | None, int | None], ...]:
    hosts = _listed(parameters.get("host"))
    if addresses := _listed(parameters.get("hostaddr")):
        if hosts and str(parameters.get("sslmode")) == "verify-full":
            raise ArgumentError(
                "The connection parameter 'hostaddr' cannot be honoured with asyncpg together with"
                " sslmode=verify-full: it checks the certificate against the address that it"
                " connects to. Leave hostaddr out and let the host name resolve to the address."
            )
        hosts = addresses
    ports = [_number("port", port) if port else None for port in _listed(parameters.get("port"))]
    if len(ports) <= 1:
        ports = (ports or [None]) * max(1, len(hosts))
    elif len(ports) != len(hosts):
        raise ArgumentError(
            f"The connection parameter 'port' lists {len(ports)} ports for {len(hosts)} hosts;"
            " give one for each host, or one for all."
        )
    pairs = [(host or None, port) for host, port in zip(hosts or [""], ports, strict=True)]
    if _choice(parameters, "load_balance_hosts", ("disable", "random")) == "random":
        random.shuffle(pairs)
    return tuple(pairs)


def _listed(value: Any) -> list[str]:
    if value is None or value == "":
        return []
    if isinstance(value, (list, tuple)):
        return ["" if item is None else str(item) for item in value]
    return str(value).split(",")


def _arguments(parameters: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    settings = {
        setting: environ[name] for name, setting in SERVER_VARIABLES.items() if environ.get(name)
    }
    for name, value in parameters.items():
        parameter = PARAMETERS.get(name)
        if parameter is None:
            if not name.startswith("prepared_statement_"):
                arguments[name] = value
        elif parameter.kind is Kind.ASYNCPG:
            arguments[parameter.target or name] = value
        elif parameter.kind is Kind.SERVER and parameter.target not in parameters:
            settings[parameter.target or name] = str(value)
    given = arguments.pop("server_settings", {})
    if not isinstance(given, Mapping):
        raise ArgumentError(
            "The connection parameter 'server_settings' is a dict in connect_args; in a URL, write"
            " options=-c name=value."
        )
    if settings := settings | dict(given):
        arguments["server_settings"] = settings
    return arguments


def _tls(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Asyncpg takes the TLS parameters, and libpq's defaults for them, from a URI alone."""
    query = {
        name: str(value)
        for name, value in parameters.items()
        if name in PARAMETERS and PARAMETERS[name].kind is Kind.TLS
    }
    if not query:
        return {}
    if "ssl" in parameters:
        raise ArgumentError(
            f"The connection parameters 'ssl' and {min(query)!r} say the same thing twice;"
            " keep one of them."
        )
    mode = _choice({"sslmode": "prefer", **query}, "sslmode", SSLMODES)
    if query.get("sslrootcert") == "system":
        if query.get("sslmode", "verify-full") != "verify-full" or len(query) > 2:
            raise ArgumentError(
                "The connection parameter sslrootcert=system goes with sslmode=verify-full alone."
            )
        return {"ssl": True}
    if mode == "require" and not Path(query.get("sslrootcert", "/")).exists():
        del query["sslrootcert"]  # libpq then checks no certificate, where asyncpg would fail
    return {"dsn": "postgresql://?" + urlencode(query, quote_via=quote)}


def _timeout(parameters: Mapping[str, Any]) -> float | None:
    value = parameters.get("connect_timeout")
    if value is None:
        return CONNECT_TIMEOUT_S
    seconds = _number("connect_timeout", value, float)
    return seconds if seconds > 0 else None


def _choice(parameters: Mapping[str, Any], name: str, choices: tuple[str, ...]) -> str:
    value = str(parameters.get(name, choices[0]))
    if value not in choices:
        raise ArgumentError(
            f"The connection parameter {name}={value} is none of {', '.join(choices)}."
        )
    return value


def _number(name: str, value: Any, kind: type[float] = int) -> Any:
    try:
        return kind(str(value).strip())
    except ValueError:
        raise ArgumentError(f"The connection parameter {name}={value} is not a number.") from None


def _socket_options(parameters: Mapping[str, Any]) -> tuple[tuple[str, int, int, int], ...]:
    """Keepalives are on unless refused, as in libpq; asyncio leaves them off."""
    options = []
    if _number("keepalives", parameters.get("keepalives", 1)):
        options.append(("keepalives", socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1))
        for name, constant in (
            ("keepalives_idle", "TCP_KEEPALIVE" if sys.platform == "darwin" else "TCP_KEEPIDLE"),
            ("keepalives_interval", "TCP_KEEPINTVL"),
            ("keepalives_count", "TCP_KEEPCNT"),
        ):
            options += _tcp_option(parameters, name, constant)
    options += _tcp_option(parameters, "tcp_user_timeout", "TCP_USER_TIMEOUT")
    return tuple(options)


def _tcp_option(
    parameters: Mapping[str, Any], name: str, constant: str
) -> list[tuple[str, int, int, int]]:
    value = _number(name, parameters.get(name, 0))
    if value <= 0:  # the system's default, as in libpq
        return []
    if not hasattr(socket, constant):
        raise ArgumentError(
            f"The connection parameter {name!r} cannot be honoured: {sys.platform} has no"
            f" {constant}. Leave it out on this system."
        )
    return [(name, socket.IPPROTO_TCP, getattr(socket, constant), value)]

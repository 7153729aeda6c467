"""The connection parameters that psycopg2 really gets, checked, and what of them must go."""

import configparser
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import psycopg2
import sqlalchemy.exc
from psycopg2.extensions import parse_dsn
from sqlalchemy import URL
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2

from async_app.resilience.parameters import ASYNCPG_ONLY, PARAMETERS, Kind, Parameter
from migration_guide.kit.chapters import Chapter
from migration_guide.kit.translate.given import Code, Given, InputError
from migration_guide.kit.translate.notes import BOTH, Note
from migration_guide.kit.translate.options import PSYCOPG2_OPTIONS

_WHOLE = frozenset(
    {
        *("connect_timeout", "keepalives", "keepalives_idle"),
        *("keepalives_interval", "keepalives_count", "tcp_user_timeout"),
    }
)
_CHOICES = {
    "sslnegotiation": ("postgres", "direct"),
    "ssl_min_protocol_version": ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"),
    "ssl_max_protocol_version": ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"),
}
_GUARDS = frozenset(
    {"channel_binding", "gssencmode", "require_auth", "requirepeer", "sslcrldir", "sslcertmode"}
)
"""Without them the connection is made where psycopg2 would have refused it."""
_PSYCOPG2_ALIAS = {"database": "dbname"}


@dataclass
class Effective:
    """Connection parameters under libpq's names.

    Attributes:
        parameters: those that asyncpg or the dialect can be given.
        take_out: those that no dialect for asyncpg takes.
        put_in: what takes their place.

    """

    parameters: dict[str, Any]
    take_out: list[str] = field(default_factory=list)
    put_in: dict[str, Any] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)


def expanded(given: Given, environ: Mapping[str, str] = os.environ) -> Given:
    """With what psycopg2's `dsn` and the service file hold, so that their secrets are known."""
    arguments = given.options.get("connect_args") or {}
    if not isinstance(arguments, Mapping):
        raise InputError("connect_args is not a dict of connection parameters.")
    remarks = list(given.remarks)
    if dsn := arguments.get("dsn"):
        arguments = {
            name: value
            for name, value in (_parsed(dsn) | _from_url(given.url) | dict(arguments)).items()
            if name in arguments or name not in _from_url(given.url)
        }
        del arguments["dsn"]
        remarks.append(
            Note(
                "changes",
                "dsn",
                "is psycopg2's; what it holds stands in connect_args, parameter by parameter",
                Chapter.OPTIONS,
                BOTH,
            )
        )
        given = replace(given, options={**given.options, "connect_args": arguments})
    given = replace(given, remarks=tuple(remarks))
    wanted = _from_url(given.url) | dict(arguments)
    service = wanted.get("service") or environ.get("PGSERVICE")
    return replace(given, service=_section(str(service), wanted, environ)) if service else given


def _parsed(dsn: Any) -> dict[str, Any]:
    try:
        return dict(parse_dsn(str(dsn)))
    except psycopg2.Error:  # its message repeats a part
        raise InputError("connect_args: dsn is not a connection string of libpq.") from None


def _from_url(url: URL) -> dict[str, Any]:
    """As SQLAlchemy's dialect for psycopg2 reads it."""
    for name, value in url.query.items():
        if isinstance(value, tuple) and name not in {"host", "port"}:
            raise InputError(f"The connection parameter {name!r} is given twice in the URL.")
    try:
        dialect: Any = PGDialect_psycopg2
        _, parameters = dialect().create_connect_args(url)
    except sqlalchemy.exc.ArgumentError as error:
        if "non-integer" in str(error):
            raise InputError("The connection parameter 'port' is not a number.") from None
        raise InputError(
            f"The connection parameter 'host': {error}; give a port for each host, or one for all."
        ) from None
    except ValueError:
        raise InputError("The connection parameter 'port' is not a number.") from None
    return dict(parameters)


def _section(service: str, wanted: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, str]:
    file = Path(
        str(wanted.get("servicefile") or "")
        or environ.get("PGSERVICEFILE", "")
        or Path.home() / ".pg_service.conf"
    )
    sections = configparser.ConfigParser(interpolation=None, default_section="\n")
    try:
        with file.open(encoding="utf-8") as lines:
            sections.read_file(lines)
    except OSError as error:
        raise InputError(f"service={service}: {file} cannot be read: {error.strerror}.") from None
    except (configparser.Error, UnicodeDecodeError):
        raise InputError(f"service={service}: {file} is not understood.") from None
    if service not in sections:
        raise InputError(f"service={service}: there is none of that name in {file}.")
    return dict(sections[service])


def effective(given: Given) -> Effective:
    """Check what psycopg2 gets.

    Args:
        given: as `expanded` returned it.

    Raises:
        InputError: psycopg2 itself would not take it.

    """
    parameters: dict[str, Any] = {}
    url = _from_url(given.url)
    arguments = given.options.get("connect_args") or {}
    found = Effective(parameters)
    for where, values in (("", given.service), ("", url), ("connect_args: ", arguments)):
        for key, value in values.items():
            name = _PSYCOPG2_ALIAS.get(key, key)
            _check_name(key, name, where)
            if value is None or value == "":  # to libpq, not given
                if value == "" and where != "":
                    found.take_out.append(key)
                continue
            parameters[name] = _checked(name, value, where)
    _take_out(found)
    _check_together(parameters)
    return found


def _check_name(key: Any, name: Any, where: str) -> None:
    if name in PARAMETERS:
        return
    if name in ASYNCPG_ONLY or name == "timeout":
        raise InputError(
            f"{where}{key!r} is a parameter of asyncpg, which psycopg2 does not take: give the"
            " configuration as it is before the move."
        )
    if name in PSYCOPG2_OPTIONS:
        raise InputError(
            f"{where}{key!r} is an engine option, not a connection parameter: it stands beside"
            " pool_pre_ping."
        )
    near = get_close_matches(str(name), PARAMETERS, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise InputError(f"{where}{key!r} is not a connection parameter of libpq.{hint}")


def _checked(name: str, value: Any, where: str) -> Any:
    if isinstance(value, Code):
        if PARAMETERS[name].kind in {Kind.TLS, Kind.SOCKET, Kind.CHECKED} or name in _WHOLE:
            raise InputError(
                f"{where}{name!r} is {value.text}, which is not known here: use --from-app, or set"
                " the variable."
            )
        return value
    if isinstance(value, (list, tuple, set, dict)):
        raise InputError(f"{where}{name!r} is a {type(value).__name__}; give text or a number.")
    if name in _WHOLE:
        _check_whole(name, value, where)
    if name == "port":
        _check_ports(value, where)
    if name in _CHOICES and value not in _CHOICES[name]:
        raise InputError(
            f"{where}{name!r} is {value!r}, which is none of {', '.join(_CHOICES[name])}."
        )
    return value


def _check_whole(name: str, value: Any, where: str) -> None:
    try:
        number = int(str(value).strip())
    except ValueError:
        raise InputError(f"{where}{name!r} is {value!r}, which is no whole number.") from None
    if not -(2**31) <= number < 2**31:  # an int of C
        raise InputError(f"{where}{name!r} is {number}, which is too large for libpq.")


def _check_ports(value: Any, where: str) -> None:
    for port in str(value).split(","):
        if port and not (port.strip().isascii() and port.strip().isdigit()):
            raise InputError(f"{where}'port' is {value!r}, which is no number.")
        if port and not 0 < int(port) < 65536:
            raise InputError(f"{where}'port' is {port}; it is between 1 and 65535.")


def _check_together(parameters: Mapping[str, Any]) -> None:
    strict = {"require", "verify-ca", "verify-full"}
    mode = parameters.get("sslmode", "prefer")
    if parameters.get("sslnegotiation") == "direct" and mode not in strict:
        raise InputError("'sslnegotiation' is direct, which goes with sslmode=require or stricter.")


def _take_out(found: Effective) -> None:
    """What asyncpg cannot do goes, with a note."""
    parameters = found.parameters
    if str(parameters.get("requiressl", "0")) == "1":
        found.put_in |= {"sslmode": parameters.get("sslmode", "require")}
    for name in list(parameters):
        parameter = PARAMETERS[name]
        value = parameters[name]
        if parameter.kind is Kind.REFUSED or (
            parameter.kind is Kind.CHECKED and str(value).lower() not in parameter.accepted
        ):
            del parameters[name]
            found.take_out.append(name)
            found.notes.append(_refused(parameter, value))
    if parameters.get("sslmode") == "verify-full" and {"host", "hostaddr"} <= parameters.keys():
        del parameters["hostaddr"]
        found.take_out.append("hostaddr")
        found.notes.append(_HOSTADDR)
    parameters |= found.put_in


def _refused(parameter: Parameter, value: Any) -> Note:
    instead = parameter.way_out or f"leave it out, or write {' or '.join(parameter.accepted)}"
    said = f"{parameter.name}={value}" if parameter.kind is Kind.CHECKED else "it"
    guard = parameter.name in _GUARDS
    return Note(
        "dangerous" if guard else "no-equivalent",
        parameter.name,
        f"asyncpg cannot honour {said}, so it is left out"
        + (": what it refused now connects" if guard else "")
        + f"; {instead}",
        Chapter.OPTIONS,
        BOTH,
    )


_HOSTADDR = Note(
    "no-equivalent",
    "hostaddr",
    "asyncpg checks the certificate against the address that it connects to, so that hostaddr"
    " cannot go with sslmode=verify-full: it is left out, and the host name has to resolve to the"
    " address",
    Chapter.OPTIONS,
    BOTH,
)


def names_of(values: Mapping[str, Any]) -> Iterator[str]:
    """Under libpq's names."""
    for name in values:
        yield _PSYCOPG2_ALIAS.get(name, name)

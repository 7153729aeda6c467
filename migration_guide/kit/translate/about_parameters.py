"""What there is to say of connection parameters, beyond those that cannot be honoured."""

from collections.abc import Iterator, Mapping
from typing import Any

from async_app.resilience.parameters import PARAMETERS, SERVER_VARIABLES, Kind
from migration_guide.kit.chapters import Chapter
from migration_guide.kit.translate import server_settings
from migration_guide.kit.translate.notes import BOTH, Note
from migration_guide.kit.translate.stock import StockCall

_READ_BY_ASYNCPG = frozenset({"PGHOST", "PGPORT", "PGTARGETSESSIONATTRS"})
_POOLER_PORT = "6432"


def notes(
    parameters: Mapping[str, Any], stock: StockCall, environ: Mapping[str, str]
) -> Iterator[Note]:
    """On what is given, as asyncpg takes it, and on what the environment says here."""
    yield from _timeouts(parameters, stock)
    yield from _servers(parameters)
    yield from _told(parameters)
    yield from _needless(parameters)
    yield from _tls(parameters, stock)
    yield from _sockets(parameters)
    yield from _environment(parameters, environ)
    yield Note(
        "dangerous",
        "except OperationalError",
        "the stock dialect raises other classes: DBAPIError, or what Python itself raises, such as"
        " ConnectionRefusedError and TimeoutError; such handlers stop matching",
        Chapter.ERRORS,
        page=Chapter.ERROR_CLASSES,
    )


def _timeouts(parameters: Mapping[str, Any], stock: StockCall) -> Iterator[Note]:
    hosts = stock.connect_args.get("host")
    if "connect_timeout" not in parameters:
        if isinstance(hosts, list):
            yield Note(
                "dangerous",
                "host",
                "asyncpg allows 60 s for all servers together: a first one that is silent takes all"
                " of it",
                Chapter.URL,
            )
        return
    if isinstance(hosts, list):
        yield Note(
            "dangerous",
            "connect_timeout",
            "is for each server in libpq, and for all of them together in asyncpg: a first one that"
            " is silent takes all of it, and the next is never asked",
            Chapter.URL,
        )
    yield Note(
        "changes",
        "connect_timeout",
        "becomes timeout, a number in connect_args (in a URL it stays text, and fails)",
        Chapter.OPTIONS,
    )


def _servers(parameters: Mapping[str, Any]) -> Iterator[Note]:
    if parameters.get("target_session_attrs", "any") != "any":
        yield Note(
            "dangerous",
            "target_session_attrs",
            "is asked when connecting alone: after a failover the pool keeps its connections to the"
            " old primary, which is read-only (25006), and hands them out",
            Chapter.URL,
        )
    if parameters.get("load_balance_hosts") == "random":
        yield Note(
            "no-equivalent",
            "load_balance_hosts",
            "asyncpg tries the servers in the order in which they stand: put a balancer in between,"
            " or shuffle them where the engine is made",
            Chapter.OPTIONS,
        )
    if "hostaddr" in parameters and "host" in parameters:
        yield Note(
            "changes",
            "hostaddr",
            "asyncpg has one name for both: the address stands in place of the host name",
            Chapter.OPTIONS,
        )
    if "service" in parameters:
        yield Note(
            "no-equivalent",
            "service",
            "asyncpg reads a service file only by a dsn, and only a part of it: what the file says"
            " here and now is written out, a password included",
            Chapter.OPTIONS,
        )
    if not parameters.get("host") and not parameters.get("hostaddr"):
        yield Note(
            "changes",
            "host",
            "without one asyncpg looks in some folders for a UNIX socket, then on localhost; libpq"
            " looks in the one it was built with",
            Chapter.OPTIONS,
            BOTH,
        )
    if _POOLER_PORT in str(parameters.get("port", "")).split(","):
        yield Note(
            "dangerous",
            "port",
            f"{_POOLER_PORT} is PgBouncer's: in transaction mode before 1.21 asyncpg's prepared"
            " statements break there; with the kit's dialect, set transaction_pooler",
            Chapter.OPTIONS,
            BOTH,
            Chapter.SEVERAL_MACHINES,
        )


def _told(parameters: Mapping[str, Any]) -> Iterator[Note]:
    for name, parameter in PARAMETERS.items():
        if name not in parameters or parameter.kind is not Kind.SERVER:
            continue
        text = "becomes an entry of server_settings, whose values are text"
        if name == "options":
            text = "becomes server_settings, one entry for each -c, whose values are text"
            if server_settings.split(str(parameters[name])) is None:
                text = "holds more than settings: it goes to the server whole, in server_settings"
        yield Note("changes", name, text, Chapter.OPTIONS)
    for name in _set_names(parameters):
        if name == "timezone":
            yield Note(
                "dangerous",
                "TimeZone",
                "asyncpg gives timestamptz in UTC whatever it is, and reads a naive datetime in the"
                " time zone of the process, not of the session: another instant is stored",
                Chapter.SQL,
                BOTH,
            )
        if name == "datestyle":
            yield Note(
                "changes",
                "DateStyle",
                "dates come in binary, so that it only changes what SQL itself casts to text;"
                " psycopg2 sets ISO on each connection",
                Chapter.SQL,
                BOTH,
            )
        if name in {"statement_timeout", "lock_timeout"}:
            yield Note(
                "changes",
                name,
                "its error is a DBAPIError, not an OperationalError",
                Chapter.ERRORS,
                page=Chapter.ERROR_CLASSES,
            )


def _needless(parameters: Mapping[str, Any]) -> Iterator[Note]:
    for name, value in parameters.items():
        if PARAMETERS[name].kind is Kind.CHECKED:
            yield Note(
                "changes",
                name,
                f"{value} is what asyncpg does anyway: it is left out",
                Chapter.OPTIONS,
            )


def _set_names(parameters: Mapping[str, Any]) -> list[str]:
    settings = server_settings.split(str(parameters.get("options", ""))) or {}
    return [name.lower() for name in settings]


def _tls(parameters: Mapping[str, Any], stock: StockCall) -> Iterator[Note]:
    given = [
        name
        for name, parameter in PARAMETERS.items()
        if parameter.kind is Kind.TLS and name in parameters
    ]
    if not given:
        return
    if "ssl" not in stock.connect_args and "dsn" not in stock.connect_args:
        yield Note("changes", given[0], "there is no TLS on a UNIX socket", Chapter.OPTIONS, BOTH)
        return
    how = {
        "dsn": "asyncpg knows it in a dsn alone, which stands beside the URL",
        "context": "becomes an SSLContext, which is made once: a new certificate needs a restart",
    }.get("dsn" if "dsn" in stock.connect_args else "context" if stock.tls.statements else "")
    yield Note("changes", given[0], how or "its name is ssl, in connect_args", Chapter.OPTIONS)
    if "sslrootcert" in given and not _root_is_used(stock):
        yield Note(
            "dangerous",
            "sslrootcert",
            f"there is no {parameters['sslrootcert']} here; with sslmode=require libpq then checks"
            " no certificate, and neither does this: translate it where the file is",
            Chapter.OPTIONS,
        )


def _root_is_used(stock: StockCall) -> bool:
    ssl, dsn = stock.connect_args.get("ssl"), stock.connect_args.get("dsn", "")
    return bool(stock.tls.statements) or ssl in {True, False} or "sslrootcert" in dsn


def _sockets(parameters: Mapping[str, Any]) -> Iterator[Note]:
    given = [
        name
        for name, parameter in PARAMETERS.items()
        if parameter.kind is Kind.SOCKET and name in parameters
    ]
    for name in given:
        yield Note(
            "no-equivalent",
            name,
            "asyncpg has no such parameter: connect() sets it on the socket, by a private"
            " attribute of asyncpg; the server's own is tcp_keepalives_* or tcp_user_timeout, in"
            " server_settings",
            Chapter.OPTIONS,
        )
    if not given:
        yield Note(
            "changes",
            "keepalives",
            "libpq turns TCP keepalives on by itself, asyncpg does not; without keepalives_idle"
            " they start after two hours, so that it seldom matters",
            Chapter.OPTIONS,
        )


def _environment(parameters: Mapping[str, Any], environ: Mapping[str, str]) -> Iterator[Note]:
    """Variables that libpq reads here, and asyncpg does not."""
    variables = {
        parameter.env: parameter.name for parameter in PARAMETERS.values() if parameter.env
    } | SERVER_VARIABLES
    for variable, name in variables.items():
        if (
            environ.get(variable)
            and variable not in _READ_BY_ASYNCPG
            and name not in parameters
            and not variable.startswith("PGSERVICE")
        ):
            yield Note(
                "no-equivalent",
                variable,
                f"is set in this environment; asyncpg does not read it: give {name} in the URL and"
                " translate again",
                Chapter.OPTIONS,
            )

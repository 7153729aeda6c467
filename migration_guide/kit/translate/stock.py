"""The call of ``create_async_engine`` for SQLAlchemy's own dialect for asyncpg."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy.exc
from sqlalchemy import URL, make_url

from async_app.resilience import libpq
from async_app.resilience.parameters import PARAMETERS, Kind
from migration_guide.kit.translate import server_settings
from migration_guide.kit.translate.given import Code, InputError
from migration_guide.kit.translate.tls import Tls, translated

DRIVER = "postgresql+asyncpg"
SOCKET_FOLDER = "/var/run/postgresql"
"""Where a server is looked for that has no name, among several."""
_IN_URL = ("user", "password", "database")


@dataclass
class StockCall:
    """What the printed block is made of.

    Attributes:
        url: of the engine.
        connect_args: of the engine, in the order in which they are printed.
        tls: the statements that come before.
        socket_options: libpq's name and the value of those that are given.
        options: of the engine.

    """

    url: URL
    connect_args: dict[str, Any]
    tls: Tls
    socket_options: dict[str, int]
    options: Mapping[str, Any] = field(default_factory=dict)
    creator: Code | None = None


def stock_call(parameters: Mapping[str, Any], options: Mapping[str, Any]) -> StockCall:
    """Translate connection parameters of libpq, and add the engine's options.

    Raises:
        InputError: a parameter that psycopg2 would not take either.

    """
    known = {name: value for name, value in parameters.items() if not isinstance(value, Code)}
    unknown = {name: value for name, value in parameters.items() if isinstance(value, Code)}
    # The order of the servers, and the service file, are settled already.
    for name in ("load_balance_hosts", "service", "servicefile"):
        known.pop(name, None)
    target = _read(known)
    arguments = dict(target.arguments)
    tls = translated(known, arguments)
    settings = _settings(known, arguments.pop("server_settings", {}))
    url_parts = {name: arguments.pop(name) for name in _IN_URL if name in arguments}
    connect_args, address = _address(target.hosts)
    connect_args |= {**arguments, **tls.arguments}
    if target.session_attributes != "any":
        connect_args["target_session_attrs"] = target.session_attributes
    if "connect_timeout" in known:
        connect_args["timeout"] = target.timeout_s
    _add_code(connect_args, settings, unknown)
    if settings:
        connect_args["server_settings"] = settings
    return StockCall(
        _url(url_parts, address, connect_args),
        connect_args,
        tls,
        {name: int(value) for name, _, _, value in target.socket_options}
        if any(PARAMETERS[name].kind is Kind.SOCKET for name in known)
        else {},
        options,
    )


def _read(known: Mapping[str, Any]) -> libpq.Target:
    try:
        return libpq.read(known, {})
    except sqlalchemy.exc.ArgumentError as error:
        raise InputError(str(error)) from None


def _settings(known: Mapping[str, Any], told: Mapping[str, str]) -> dict[str, Any]:
    """A setting that has a parameter of its own comes after those in `options`."""
    settings = dict(told)
    apart = server_settings.split(str(known.get("options", "")))
    if apart is None:
        return settings
    settings.pop("options", None)
    return apart | settings


def _address(
    hosts: tuple[tuple[str | None, int | None], ...],
) -> tuple[dict[str, Any], tuple[str | None, int | None]]:
    """In connect_args where a URL cannot say it, else for the URL."""
    if len(hosts) > 1:
        return {
            "host": [host or SOCKET_FOLDER for host, _ in hosts],
            "port": [port or 5432 for _, port in hosts],
        }, (None, None)
    host, port = hosts[0]
    if host and not host.startswith("/"):
        return {}, (host, port)
    where = {"host": host, "port": port}
    return {name: value for name, value in where.items() if value is not None}, (None, None)


def _add_code(
    connect_args: dict[str, Any], settings: dict[str, Any], unknown: Mapping[str, Code]
) -> None:
    for name, value in unknown.items():
        parameter = PARAMETERS[name]
        if parameter.kind is Kind.SERVER:
            settings[parameter.target or name] = value
        elif parameter.kind is Kind.ASYNCPG or name == "host":
            connect_args[parameter.target or name] = value
        else:
            raise InputError(
                f"The connection parameter {name!r} is {value.text}, which is not known here: use"
                " --from-app, or set the variable."
            )


def _url(
    parts: Mapping[str, Any], address: tuple[str | None, int | None], connect_args: dict[str, Any]
) -> URL:
    host, port = address
    url = URL.create(
        DRIVER,
        username=_text(parts.get("user")),
        password=_text(parts.get("password")),
        host=host,
        port=port,
        database=_text(parts.get("database")),
    )
    try:
        if make_url(url.render_as_string(hide_password=False)) == url:
            return url
    except (sqlalchemy.exc.ArgumentError, ValueError):
        pass
    # A host, or a password without a user, that a URL cannot hold.
    connect_args |= {name: value for name, value in parts.items() if value is not None}
    if host:
        connect_args |= {"host": host} | ({"port": port} if port else {})
    return URL.create(DRIVER)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)

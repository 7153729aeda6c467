"""The TOML file that names a team's own services."""

import ipaddress
import os
import re
import shlex
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from migration_guide.kit.lab.own.placeholders import hide, hide_in, hide_words

VARIABLE = re.compile(r"\$\{(\w+)\}")
"""A variable of the environment, in any string of the file."""

LOOPBACK = "localhost"
PAST_THE_PROXY = frozenset({"host", "hostaddr", "port", "service"})
"""Of libpq's parameters, those that say where the server is."""


class ConfigError(ValueError):
    """The file cannot be used; the message says where and why, without the values."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _read_url(text: str) -> str:
    try:
        url = make_url(text.replace("postgres://", "postgresql://", 1))
    except (ArgumentError, ValueError):
        raise ValueError("is not of the form postgresql://user:password@host/database") from None
    if url.get_backend_name() != "postgresql" or not url.host:
        raise ValueError("must be a postgresql:// URL that names a host")
    if past := ", ".join(sorted(PAST_THE_PROXY & url.query.keys())):
        raise ValueError(f"has {past} behind the ?, which would lead past the proxy")
    return text


class Database(_Table):
    """Where the services' database is, for the proxy; the kit makes no tables there."""

    url: Annotated[str, AfterValidator(_read_url)]

    @property
    def parsed(self) -> URL:
        url = make_url(self.url.replace("postgres://", "postgresql://", 1))
        return url.set(drivername="postgresql")

    @property
    def address(self) -> tuple[str, int]:
        return self.parsed.host or "", self.parsed.port or 5432


class Probe(_Table):
    """A request that a client of the service makes, and the status that it expects (any 2xx)."""

    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    path: Annotated[str, Field(pattern="^/")]
    json_: Annotated[Any, Field(alias="json")] = None
    headers: Mapping[str, str] = {}
    expect: int | None = None

    def is_right(self, status: int) -> bool:
        return 200 <= status < 300 if self.expect is None else status == self.expect


def _read_probe(value: Any) -> Any:
    """``"GET /path"`` is short for a table."""
    if isinstance(value, str):
        method, _, path = value.rpartition(" ")
        return {"method": method or "GET", "path": path}
    return value


def _read_command(value: Any) -> Any:
    return shlex.split(value) if isinstance(value, str) else value


def _read_address(text: str) -> str:
    url = urlsplit(text)
    if url.scheme not in ("http", "https") or not url.hostname:
        raise ValueError("must be of the form http://host:port")
    if url.path not in ("", "/") or url.query or url.fragment:
        raise ValueError("is the service's address alone: paths go into health and probes")
    return text


class Service(_Table):
    """How a service is started, or where it runs already.

    Attributes:
        command: with ``{port}`` in it, or in the environment; the service listens there on
            127.0.0.1.
        environment: beside that of the shell; see `placeholders.py` for what may stand in it.
        folder: the working folder, from the file's.
        url: instead of *command*, of one that runs already.
        listen: for one that runs already, the address at which it expects its database: the proxy
            listens there.
        health: a path that is answered with a 2xx once the service serves.

    """

    command: Annotated[tuple[str, ...], BeforeValidator(_read_command)] = ()
    environment: Mapping[str, str] = {}
    folder: Path = Path()
    url: Annotated[str, AfterValidator(_read_address)] | None = None
    listen: Annotated[str, Field(pattern=r"^(127\.\d+\.\d+\.\d+|localhost):\d+$")] | None = None
    health: Annotated[str, Field(pattern="^/")]
    probes: Annotated[
        tuple[Annotated[Probe, BeforeValidator(_read_probe)], ...], Field(min_length=1)
    ]
    database: Database | None = None

    @model_validator(mode="after")
    def _one_way_to_run(self) -> Self:
        if bool(self.command) == bool(self.url):
            raise ValueError("needs either command or url")
        if bool(self.url) != bool(self.listen):
            raise ValueError(
                "url and listen go together: the proxy has to be where the service"
                " expects its database"
            )
        if self.url and (self.environment or self.folder != Path()):
            raise ValueError(
                "environment and folder are for a service that is started: use command"
            )
        return self


Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]


class Config(_Table):
    """The whole file.

    Attributes:
        allow_hosts: those that the kit may reach, besides loopback.
        rate: requests a second, of each service; with fewer than 5, an outage of a second would be
            seen by too few to tell.
        deadline_s: a request without an answer by then has hung.
        faults: by name; by default all that may be injected.

    """

    allow_hosts: tuple[str, ...] = ()
    rate: Annotated[float, Field(ge=5, le=1000)] = 20.0
    deadline_s: Annotated[float, Field(gt=0, le=60)] = 5.0
    faults: tuple[str, ...] = ()
    database: Database | None = None
    services: Annotated[Mapping[Name, Service], Field(min_length=1)]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        for name, service in self.services.items():
            if service.database is None and self.database is None:
                raise ValueError(f"services.{name}: there is no [database], and it has none either")
        return self

    def database_of(self, name: str) -> Database:
        database = self.services[name].database or self.database
        assert database is not None  # noqa: S101 -- checked above
        return database

    def check_hosts(self) -> None:
        """Raise `ConfigError` for a host that is neither loopback nor named in allow_hosts."""
        for name, service in self.services.items():
            hosts = {f"the database of {name}": self.database_of(name).address[0]}
            if service.url:
                hosts[f"services.{name}.url"] = make_url(service.url).host or ""
            for what, host in hosts.items():
                if not _is_loopback(host) and host not in self.allow_hosts:
                    raise ConfigError(
                        f"{what} is on {host}, which is not this machine: if it may be disturbed,"
                        f' name it: allow_hosts = ["{host}"]'
                    )


@dataclass(frozen=True)
class Written:
    """A service as it stands in the file: what may be shown and kept.

    What comes from variables is not filled in, and passwords are hidden.

    Attributes:
        probes: names of the probes, each of which is unique.

    """

    command: tuple[str, ...]
    environment: Mapping[str, str]
    url: str | None
    health: str
    probes: tuple[str, ...]

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Self:
        """Of a table that was found to be right."""
        url = table.get("url")
        return cls(
            command=tuple(hide_words(_read_command(table.get("command", ())))),
            environment=hide_in(table.get("environment", {})),
            url=url and hide(url),
            health=hide(table["health"]),
            probes=tuple(_numbered(map(_tell_probe, table["probes"]))),
        )


def _tell_probe(written: Any) -> str:
    probe = _read_probe(written)
    return hide(f"{probe.get('method', 'GET')} {probe['path']}")


def _numbered(names: Iterable[str]) -> Iterator[str]:
    """Those that were there before with a number."""
    seen: Counter[str] = Counter()
    for name in names:
        seen[name] += 1
        yield name if seen[name] == 1 else f"{name} #{seen[name]}"


def load(file: Path) -> tuple[Config, Mapping[str, Written]]:
    """The configuration, and its services as they are written.

    Raises:
        ConfigError: it cannot be read, or is wrong.

    """
    try:
        text = file.read_text(encoding="utf-8")
        tables = tomllib.loads(text)
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} is not TOML: {error}") from None
    try:
        config = Config.model_validate(_expand(tables, ()))
        config.check_hosts()
    except ValidationError as error:
        raise ConfigError("\n".join(_explain(file, text, error))) from None
    except ConfigError as error:
        raise ConfigError(f"{file}: {error}") from None
    return config, {name: Written.of(table) for name, table in tables["services"].items()}


def _expand(value: Any, where: tuple[str, ...]) -> Any:
    """Fill in ``${VARIABLE}`` from the environment."""
    if isinstance(value, dict):
        return {key: _expand(inner, (*where, key)) for key, inner in value.items()}
    if isinstance(value, list):
        return [_expand(inner, (*where, str(n))) for n, inner in enumerate(value)]
    if not isinstance(value, str):
        return value

    def fill(match: re.Match[str]) -> str:
        try:
            return os.environ[match[1]]
        except KeyError:
            raise ConfigError(
                f"{'.'.join(where)} names the variable {match[1]}, which is not set"
            ) from None

    return VARIABLE.sub(fill, value)


def _explain(file: Path, text: str, error: ValidationError) -> Iterator[str]:
    """Each mistake with its key and line, and without the value, which may hold a password."""
    for one in error.errors(include_url=False, include_input=False):
        keys = [str(key) for key in one["loc"] if key != "[key]"]
        message = one["msg"].removeprefix("Value error, ")
        line = _line_of(text, keys)
        place = f"{file}, line {line}" if line else str(file)
        yield f"{place}: {'.'.join(keys)}: {message}" if keys else f"{place}: {message}"


def _line_of(text: str, keys: list[str]) -> int | None:
    """Where the innermost of the keys is that stands at the beginning of a line."""
    found, table = None, ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[+([^\]]+)\]", line):
            table = header[1].replace('"', "").strip()
            path = table
        elif key := re.match(r"\s*([A-Za-z0-9_-]+)\s*=", line):
            path = f"{table}.{key[1]}" if table else key[1]
        else:
            continue
        if ".".join(keys) == path or ".".join(keys).startswith(f"{path}."):
            found = number
    return found


def _is_loopback(host: str) -> bool:
    if host == LOOPBACK:
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False

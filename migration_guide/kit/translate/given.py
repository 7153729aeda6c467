"""What a team has: the URL and the engine options for psycopg2, as they were read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy.exc
from sqlalchemy import URL, make_url

from migration_guide.kit.failures import EnvironmentFailure
from migration_guide.kit.translate.notes import Note

URI = "SQLALCHEMY_DATABASE_URI"
OPTIONS = "SQLALCHEMY_ENGINE_OPTIONS"
URI_NAMES = (URI, "DATABASE_URL")
PSYCOPG2 = "postgresql+psycopg2"


_VARIABLE = re.compile(r"[\w.]+(\[['\"]\w+['\"]\])?")
"""An expression that holds no secret: a name, or an item of one."""


class InputError(EnvironmentFailure):
    """The input is wrong; the message is one line, names the key and holds no secret."""

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))


@dataclass(frozen=True)
class Code:
    """An expression that is not run here, but written again as it stands.

    Attributes:
        imports: the statements that its names need.
        unbound: names of it that nothing is known of.
        value: what it stands for, where an application has it at hand.

    """

    text: str
    imports: tuple[str, ...] = ()
    unbound: tuple[str, ...] = ()
    value: Any = field(default=None, compare=False, repr=False)

    @property
    def name(self) -> str:
        """The last part of a dotted name."""
        return self.text.rpartition(".")[2]


@dataclass(frozen=True)
class Given:
    """Read, not yet understood.

    Attributes:
        source: where it was read, for people.
        remarks: on what else was found there.
        service: the section of the service file that is asked for.

    """

    url: URL
    options: Mapping[str, Any]
    source: str
    remarks: tuple[Note, ...] = ()
    service: Mapping[str, str] = field(default_factory=dict)


def parse_url(text: Any, key: str) -> URL:
    """Read a URL for psycopg2.

    Raises:
        InputError: it is none. Nothing of it is repeated, as the password may be anywhere.

    """
    form = f"{PSYCOPG2}://user:password@host:port/database"
    if isinstance(text, Code):
        said = text.text if _VARIABLE.fullmatch(text.text) else "an expression"
        raise InputError(f"{key} is {said}, which is not known here: give the URL itself.")
    if not isinstance(text, (str, URL)):
        raise InputError(f"{key} is not text: give a URL of the form {form}.")
    if isinstance(text, str) and text.startswith("postgres://"):
        text = text.replace("postgres://", "postgresql://", 1)
    try:
        url = make_url(text)
    except (sqlalchemy.exc.ArgumentError, ValueError):  # ValueError: of the port
        raise InputError(f"{key} is not a URL of the form {form}.") from None
    if url.drivername not in {"postgresql", PSYCOPG2}:
        raise InputError(f"{key} {_other_driver(url)}")
    if any("\0" in str(part) for part in (*url[:-1], *url.query.values())):
        raise InputError(f"{key} holds a zero byte, which no connection parameter may.")
    if any(sign in (url.host or "") for sign in "@ ") or any(
        "@" in part for part in (url.database or "", *url.query)
    ):
        raise InputError(f"{key} has a second @: in a password, write %40 for it.")
    return url.set(drivername=PSYCOPG2)


def _other_driver(url: URL) -> str:
    if url.get_backend_name() != "postgresql":
        return f"is of {url.get_backend_name()}: only PostgreSQL with psycopg2 is translated."
    return f"names the driver {url.drivername}: give the URL that the application has on psycopg2."

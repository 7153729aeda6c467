"""What may stand in a service's command and environment, and is filled in when it is started.

``{port}``: where the service is to listen. ``{database_url}``: its database by way of the proxy, as
``postgresql://...``; ``{database_url:postgresql+asyncpg}`` with another scheme. The parts of that:
``{database_host}``, ``{database_port}``, ``{database_user}``, ``{database_password}``,
``{database_name}``.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import URL

PLACEHOLDER = re.compile(r"(?<!\$)\{([a-z_]+)(?::([a-z0-9_+]+))?\}")
HIDDEN = "***"


class PlaceholderError(ValueError):
    """There is no such placeholder."""


def values(port: int | str, database: URL) -> Mapping[str, str]:
    """Of a service that listens on *port* and reaches its *database* by way of the proxy."""
    return {
        "port": str(port),
        "database_url": database.render_as_string(hide_password=False),
        "database_host": database.host or "",
        "database_port": str(database.port or 5432),
        "database_user": database.username or "",
        "database_password": str(database.password or ""),
        "database_name": database.database or "",
    }


def fill(text: str, known: Mapping[str, str]) -> str:
    """Raise `PlaceholderError` for one that is unknown; other braces are left alone."""

    def value(match: re.Match[str]) -> str:
        name, scheme = match.groups()
        if name not in known or (scheme and name != "database_url"):
            raise PlaceholderError(
                f"{match[0]} is no placeholder; there are "
                + ", ".join(f"{{{one}}}" for one in known)
            )
        if scheme:
            return re.sub(r"^\w+(?=://)", scheme, known[name])
        return known[name]

    return PLACEHOLDER.sub(value, text)


_SENSITIVE = "(?:secret|passw|pwd|token|api_?key|credential)"
_PASSWORD = re.compile(r"(?<=://)([^:/@\s]*):(?!\d+/)\S*@")
"""Up to the last @, as in ``user:p@ss@host``; a port is none."""
_GIVEN = re.compile(rf"([\w-]*{_SENSITIVE}[\w-]*=)[^\s&#]+", re.IGNORECASE)
"""As in ``?password=x`` or ``--token=x``."""
_OPTION = re.compile(rf"--?[\w-]*{_SENSITIVE}[\w-]*", re.IGNORECASE)


def hide(text: str) -> str:
    """Without the passwords of URLs, and without what its name calls secret."""
    return _GIVEN.sub(rf"\1{HIDDEN}", _PASSWORD.sub(rf"\1:{HIDDEN}@", text))


def hide_words(command: Sequence[str]) -> Iterator[str]:
    """The same, also of an option's value that is a word of its own."""
    for before, word in zip(("", *command), command, strict=False):
        yield HIDDEN if _OPTION.fullmatch(before) else hide(word)


def hide_in(environment: Mapping[str, str]) -> Mapping[str, str]:
    """Without passwords of URLs, and without what its name calls secret."""
    secret = re.compile(rf"{_SENSITIVE}|KEY", re.IGNORECASE)
    return {
        name: HIDDEN if secret.search(name) else hide(value) for name, value in environment.items()
    }

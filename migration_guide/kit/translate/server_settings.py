"""Split libpq's `options` into settings of the server."""

import re

_WORD = re.compile(r"(?:\\.|[^\s\\])+")


def split(options: str) -> dict[str, str] | None:
    """Name and value of each ``-c name=value`` or ``--name=value``; None where there is more.

    The server reads them so (postgres.c, process_postgres_switches): a backslash keeps the next
    character, a hyphen in a name is an underscore, the last of two wins.
    """
    words = [re.sub(r"\\(.)", r"\1", word) for word in _WORD.findall(options)]
    settings: dict[str, str] = {}
    while words:
        word = words.pop(0)
        if word == "-c" and words:
            said = words.pop(0)
        elif word.startswith(("-c", "--")) and len(word) > 2:
            said = word[2:]
        else:
            return None
        name, equals, value = said.partition("=")
        if not (name and equals):
            return None
        settings[name.replace("-", "_")] = value
    return settings

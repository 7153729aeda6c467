"""An environment file: ``KEY=value`` lines, as python-dotenv and docker read them."""

import json
import re
from typing import Any

from migration_guide.kit.translate.given import OPTIONS, URI_NAMES, InputError
from migration_guide.kit.translate.settings import RELATED

_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)", re.DOTALL)
_QUOTED = re.compile(r"""(?P<quote>['"])(?P<text>(?:\\.|(?!(?P=quote)).)*)(?P=quote)""", re.DOTALL)
_REFERENCE = re.compile(r"\$\{\w")
_PREFIX = "FLASK_"
_NESTED = "__"
_KEYS = (*URI_NAMES, OPTIONS, *RELATED)


def read_dotenv(text: str, what: str) -> dict[str, Any]:
    """The settings in it, also under the names that ``app.config.from_prefixed_env`` reads.

    Raises:
        InputError: a line is not an assignment; its text is not repeated.

    """
    settings: dict[str, Any] = {}
    for key, value in _variables(text, what):
        name, *parts = key.removeprefix(_PREFIX).split(_NESTED)
        if name not in _KEYS:
            continue
        if parts:  # FLASK_SQLALCHEMY_ENGINE_OPTIONS__pool_size=5
            _put(settings, [name, *parts], _as_json(value))
        elif name in URI_NAMES:
            if _REFERENCE.search(value):
                raise InputError(
                    f"{what}: {key} refers to another variable, which is not read: write the URL"
                    " out, or give it as the argument, from the shell."
                )
            settings[name] = value
        else:
            settings[name] = _as_json(value)
            if name == OPTIONS and not isinstance(settings[name], dict):
                raise InputError(f"{what}: {key} is not a JSON object.")
    if not settings:
        raise InputError(f"{what} has none of {', '.join((*URI_NAMES, OPTIONS))}.")
    return settings


def _variables(text: str, what: str) -> list[tuple[str, str]]:
    found = []
    lines = text.splitlines()
    number = 0
    while number < len(lines):
        start, line = number, lines[number].strip()
        number += 1
        if not line or line.startswith("#"):
            continue
        matched = _LINE.fullmatch(line)
        if matched is None:
            raise InputError(f"{what}, line {start + 1} is not of the form KEY=value.")
        key, value = matched.groups()
        while value[:1] in {"'", '"'} and not _QUOTED.match(value) and number < len(lines):
            value += "\n" + lines[number]
            number += 1
        found.append((key, _unquoted(value)))
    return found


def _unquoted(value: str) -> str:
    if quoted := _QUOTED.match(value):
        text = quoted["text"]
        return re.sub(r"\\(.)", r"\1", text) if quoted["quote"] == '"' else text
    return re.sub(r"\s+#.*", "", value).strip()


def _as_json(value: str) -> Any:
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _put(settings: dict[str, Any], path: list[str], value: Any) -> None:
    for part in path[:-1]:
        inner = settings.setdefault(part, {})
        if not isinstance(inner, dict):
            return
        settings = inner
    settings[path[-1]] = value

"""Where the configuration is: the argument, the environment, a file, the team's application."""

import json
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from migration_guide.kit.translate.dotenv import read_dotenv
from migration_guide.kit.translate.from_app import read_app
from migration_guide.kit.translate.given import OPTIONS, URI_NAMES, Given, InputError
from migration_guide.kit.translate.python_file import read_python
from migration_guide.kit.translate.settings import as_settings, make_given, with_url

STDIN = "-"


@dataclass(frozen=True)
class Place:
    """Of the command's options, those that say where to read."""

    url: str | None = None
    options: str | None = None
    file: Path | None = None
    class_name: str | None = None
    app: str | None = None


def read_given(place: Place, environ: Mapping[str, str]) -> Given:
    """Read what the options ask for.

    Raises:
        InputError: it cannot be read, or is not what it has to be.

    """
    settings, source, variables = _settings(place, environ)
    url = place.url
    if url == STDIN:
        url = sys.stdin.readline().strip()
        if not url:
            raise InputError("There is no URL on stdin.")
    if url is not None:
        source = f"the argument, {source}" if settings else "the argument"
    elif not any(settings.get(name) for name in URI_NAMES):
        for name in URI_NAMES:
            if environ.get(name):
                settings = settings | {name: environ[name]}
                source = f"{source}, {name}" if source else f"the environment, {name}"
                break
    url_name = None if url is None else "URL"
    return make_given(with_url(settings, url), source, variables, url_name)


def _settings(
    place: Place, environ: Mapping[str, str]
) -> tuple[dict[str, Any], str, tuple[str, ...]]:
    if place.app is not None:
        return read_app(place.app), place.app, ()
    if place.file is not None:
        found, variables = _read_file(place.file, place.class_name, environ)
        return found, str(place.file), variables
    if place.options is not None:
        found, variables = _read_text(place.options, "--options", None, environ)
        return found, "--options", variables
    if place.url is None and environ.get(OPTIONS):
        return {OPTIONS: _json_options(environ[OPTIONS], OPTIONS)}, "the environment", ()
    return {}, "", ()


def _read_file(
    file: Path, class_name: str | None, environ: Mapping[str, str]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    try:
        with click.open_file(file, encoding="utf-8-sig") as stream:
            text = stream.read()
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise InputError(f"{file} is not text in UTF-8.") from None
    if file.suffix == ".toml":
        return _read_toml(text, str(file)), ()
    if file.name.startswith(".env") or file.suffix == ".env":
        return read_dotenv(text, str(file)), ()
    return _read_text(text, str(file), class_name, environ, is_json=file.suffix == ".json")


def _read_text(
    text: str,
    what: str,
    class_name: str | None,
    environ: Mapping[str, str],
    *,
    is_json: bool = False,
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """JSON, or else Python; of a dict that might be either, whichever can be read."""
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        if is_json:
            where = f", line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
            raise InputError(f"{what}{where} is not JSON.") from None
        return read_python(text, what, environ, class_name)
    if not isinstance(values, dict):
        raise InputError(f"{what} is not a dict of engine options.")
    return as_settings(values), ()


def _read_toml(text: str, what: str) -> dict[str, Any]:
    try:
        return as_settings(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        where = str(error).rpartition("(")[2].rstrip(")")
        raise InputError(f"{what} is not TOML ({where}).") from None


def _json_options(text: str, what: str) -> dict[str, Any]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        raise InputError(f"{what} is not JSON.") from None
    if not isinstance(values, dict):
        raise InputError(f"{what} is not a JSON object.")
    return values

"""From the settings of Flask-SQLAlchemy, wherever they stood, to what is to be translated."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import URL

from migration_guide.kit.chapters import Chapter
from migration_guide.kit.translate.given import (
    OPTIONS,
    URI,
    URI_NAMES,
    Code,
    Given,
    InputError,
    parse_url,
)
from migration_guide.kit.translate.notes import BOTH, Note

ECHO, BINDS = "SQLALCHEMY_ECHO", "SQLALCHEMY_BINDS"
OLD_OPTIONS = {
    "SQLALCHEMY_POOL_SIZE": "pool_size",
    "SQLALCHEMY_POOL_TIMEOUT": "pool_timeout",
    "SQLALCHEMY_POOL_RECYCLE": "pool_recycle",
    "SQLALCHEMY_MAX_OVERFLOW": "max_overflow",
    "SQLALCHEMY_NATIVE_UNICODE": "use_native_unicode",
}
"""Of Flask-SQLAlchemy before 3.0, which no longer reads them."""

RELATED = (ECHO, BINDS, *OLD_OPTIONS)


def make_given(
    settings: Mapping[str, Any],
    source: str,
    variables: tuple[str, ...] = (),
    url_name: str | None = None,
) -> Given:
    """Of settings by their names in ``app.config``.

    Args:
        variables: environment variables that they were read from.
        url_name: where the URL is not of the settings, what it is.

    Raises:
        InputError: there is no URL, or something is not what it has to be.

    """
    options = settings.get(OPTIONS) or {}
    if isinstance(options, Code):
        raise InputError(f"{OPTIONS} can only be known by running it: use --from-app.")
    if not isinstance(options, Mapping) or not all(isinstance(key, str) for key in options):
        raise InputError(f"{OPTIONS} is not a dict whose keys are names.")
    options = dict(options)
    if settings.get(ECHO) and not isinstance(settings[ECHO], Code):
        options.setdefault("echo", settings[ECHO])
    key = next((name for name in URI_NAMES if settings.get(name)), None)
    url = options.pop("url", None)  # Flask-SQLAlchemy takes it there too
    if key is not None:
        url = settings[key]
    if not url:
        raise InputError(
            f"There is no URL: give it as the argument, or - to read it from stdin, or set {URI}"
            " or DATABASE_URL."
        )
    return Given(
        parse_url(url, url_name or key or f"{OPTIONS}: url"),
        options,
        source,
        tuple(_remarks(settings, variables)),
    )


def _remarks(settings: Mapping[str, Any], variables: tuple[str, ...]) -> Iterator[Note]:
    for name in variables:
        yield Note(
            "changes",
            name,
            "read from the environment as it is here, or its default; the service has another",
            Chapter.URL,
            BOTH,
        )
    if settings.get(BINDS):
        binds = settings[BINDS]
        names = ", ".join(map(str, binds)) if isinstance(binds, Mapping) else "several"
        yield Note(
            "no-equivalent",
            BINDS,
            f"each bind ({names}) becomes an engine and a session factory of its own, as no"
            " __bind_key__ chooses one; translate each URL by itself",
            Chapter.URL,
            BOTH,
        )
    for name, option in OLD_OPTIONS.items():
        if settings.get(name) is not None:
            yield Note(
                "dangerous",
                name,
                f"Flask-SQLAlchemy 3 does not read it: it has no effect today; if it is wanted,"
                f" write {option} into {OPTIONS}",
                Chapter.URL,
                BOTH,
            )


def as_settings(values: Mapping[str, Any]) -> dict[str, Any]:
    """Of what a JSON or TOML file holds: settings by name, or the engine options alone."""
    known = (*URI_NAMES, OPTIONS, *RELATED)
    for level in (values, *(value for value in values.values() if isinstance(value, Mapping))):
        if found := {key: level[key] for key in known if key in level}:
            return found
    return {OPTIONS: dict(values)}


def with_url(settings: Mapping[str, Any], url: str | URL | None) -> dict[str, Any]:
    """The URL that is given as the argument comes first."""
    if url is None:
        return dict(settings)
    return {key: value for key, value in settings.items() if key not in URI_NAMES} | {URI: url}

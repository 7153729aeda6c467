"""The translation as JSON, described by ``translate.schema.json`` beside this file."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from migration_guide.kit.translate.check import Checked
from migration_guide.kit.translate.given import Code, Given
from migration_guide.kit.translate.secrets import as_text
from migration_guide.kit.translate.translation import Translation


def document(
    given: Given, translation: Translation, checked: Checked | None, *, revealed: bool
) -> dict[str, Any]:
    return {
        "version": 1,
        "given": {
            "source": given.source,
            "url": as_text(given.url),
            "engine_options": _plain(given.options),
        },
        "revealed": revealed,
        "resilient": {
            "url": as_text(translation.resilient_url),
            "engine_options": _plain(translation.resilient_options),
            "take_out": list(translation.take_out),
        },
        "stock": {"url": as_text(translation.stock.url), "code": translation.code},
        "notes": [asdict(note) | {"concerns": list(note.concerns)} for note in translation.notes],
        "check": checked
        and {
            "same": checked.same,
            "seen": [asdict(row) | {"same": row.same} for row in checked.rows],
        },
    }


def write(document: dict[str, Any], file: Path) -> None:
    """Write to a file, or for ``-`` to stdout."""
    with click.open_file(file, "w", encoding="utf-8") as out:
        out.write(json.dumps(document, indent=2) + "\n")


def _plain(value: Any) -> Any:
    """Expressions as their text."""
    if isinstance(value, Code):
        return value.text
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value if isinstance(value, (str, int, float, type(None))) else str(value)

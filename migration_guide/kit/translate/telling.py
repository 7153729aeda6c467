"""The translation for people."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from textwrap import fill

import click

from migration_guide.kit.translate.check import RESILIENT_NAME, STOCK_NAME, Checked
from migration_guide.kit.translate.code import assignment, codes, imports
from migration_guide.kit.translate.given import OPTIONS, URI, Given
from migration_guide.kit.translate.notes import HEADINGS, Note
from migration_guide.kit.translate.secrets import MASK, as_text
from migration_guide.kit.translate.translation import Translation

WIDTH = 100
_ONLY: dict[tuple[str, ...], str] = {
    ("resilient",): f" ({RESILIENT_NAME})",
    ("stock",): f" ({STOCK_NAME})",
}


def tell(
    given: Given | None = None,
    translation: Translation | None = None,
    checked: Checked | None = None,
    *,
    to_stderr: bool = False,
) -> None:
    """Print what there is so far."""
    if given is not None and translation is not None:
        for line in _translation(given, translation):
            click.echo(line, err=to_stderr)
    if checked is not None:
        for line in _checked(checked):
            click.echo(line, err=to_stderr)


def _translation(given: Given, translation: Translation) -> Iterator[str]:
    yield f"From {given.source}: {as_text(given.url)}"
    yield ""
    yield from _resilient(translation)
    yield ""
    yield "== With SQLAlchemy's own dialect for asyncpg =="
    yield ""
    yield translation.code
    yield ""
    if MASK in translation.code:
        yield f"({MASK} hides a secret; --reveal shows it.)"
        yield ""
    yield "== Notes =="
    for kind, notes in groupby(translation.notes, key=lambda note: note.kind):
        yield ""
        yield f"{HEADINGS[kind]}:"
        for note in notes:
            yield _note(note)


def _resilient(translation: Translation) -> Iterator[str]:
    options = translation.resilient_options
    yield "== With the kit's dialect: one word of the URL =="
    yield ""
    if statements := {statement for code in codes(options) for statement in code.imports}:
        yield imports(statements)
        yield ""
    yield assignment(URI, as_text(translation.resilient_url))
    yield assignment(OPTIONS, dict(options))
    yield ""
    if translation.take_out:
        yield f"Taken out, as it does not go with asyncpg: {', '.join(translation.take_out)}."
    else:
        yield f"The rest of the URL and {OPTIONS} stay as they are."


def _note(note: Note) -> str:
    where = ", ".join(filter(None, (note.chapter, note.page)))
    text = f"- {note.key}{_ONLY.get(note.concerns, '')}: {note.text}. [{where}]"
    return fill(text, WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def _checked(checked: Checked) -> Iterator[str]:
    yield ""
    yield "== What the server sees =="
    yield ""
    head = ("", "psycopg2", "kit's dialect", "stock dialect", "")
    rows = [
        (row.what, row.psycopg2, row.resilient, row.stock, "" if row.same else "DIFFERS")
        for row in checked.rows
    ]
    yield from _aligned([head, *rows])
    yield ""
    if checked.same:
        yield f"The same in all {len(rows)}."
    else:
        yield f"Different: {', '.join(checked.different)}."


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()

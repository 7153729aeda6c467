"""``port-kit translate``: wires reading, translating, checking and telling."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from migration_guide.kit.translate.check import Checked, check
from migration_guide.kit.translate.document import document, write
from migration_guide.kit.translate.effective import expanded
from migration_guide.kit.translate.given import InputError
from migration_guide.kit.translate.secrets import masked
from migration_guide.kit.translate.sources import STDIN, Place, read_given
from migration_guide.kit.translate.telling import tell
from migration_guide.kit.translate.translation import translate


@dataclass(frozen=True)
class Request:
    """The options of the command, as given."""

    place: Place
    checks: bool = False
    reveals: bool = False
    json_file: Path | None = None


def main(request: Request, environ: Mapping[str, str] = os.environ) -> int:
    """Translate; the exit code: 1 if the check found a difference.

    Raises:
        click.ClickException: the input is wrong, or a check cannot connect (code 2).

    """
    try:
        given = expanded(read_given(request.place, environ), environ)
        shown = given if request.reveals else masked(given)
        translation = translate(shown, environ)
    except InputError as error:
        raise _located(error, request.place.file) from None
    checked: Checked | None = None
    tell(shown, translation, to_stderr=request.json_file == Path(STDIN))
    try:
        if request.checks:
            checked = check(given)
            tell(checked=checked, to_stderr=request.json_file == Path(STDIN))
    finally:
        if request.json_file is not None:
            write(
                document(shown, translation, checked, revealed=request.reveals), request.json_file
            )
    return 1 if checked and not checked.same else 0


def _located(error: InputError, file: Path | None) -> InputError:
    """With the file's name, and the line in which the key stands first."""
    message = error.message
    if file is None or file == Path(STDIN) or str(file) in message:
        return error
    key = re.search(r"'(\w+)'", message) or re.match(r"(SQLALCHEMY_\w+|DATABASE_URL)", message)
    if key is None:
        return InputError(f"{file}: {message}")
    lines = file.read_text(encoding="utf-8-sig").splitlines()
    for number, line in enumerate(lines, start=1):
        if re.search(rf"\b{key[1]}\b", line):
            return InputError(f"{file}, line {number}: {message}")
    return InputError(f"{file}: {message}")

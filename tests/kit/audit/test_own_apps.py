"""The audit of the kit's own two services is the twin diff."""

import difflib
from pathlib import Path

import async_app
from migration_guide import flask_app
from migration_guide.kit.audit.run import audit

FLASK = Path(flask_app.__file__).parent
QUART = Path(async_app.__file__).parent

UNFOUND = {
    "views/health.py": "the readiness probe asks a helper of the database's own, in a thread",
}
"""Hunks without a finding, and why."""


def changed_lines(file: str) -> set[int] | None:
    """The lines of a file of the Flask service that its twin has not; None: it has no twin."""
    twin = QUART / file
    if not twin.exists():
        return None
    ours, theirs = ((folder / file).read_text().splitlines() for folder in (FLASK, QUART))
    changed: set[int] = set()
    matcher = difflib.SequenceMatcher(None, ours, theirs, autojunk=False)
    for tag, start, end, _, _ in matcher.get_opcodes():
        if tag != "equal":
            changed.update(range(start + 1, end + 1))
    return changed


def test_each_finding_on_flask_lies_in_a_hunk_of_the_twin_diff() -> None:
    findings = audit(FLASK, jobs=1).findings
    assert findings
    outside = []
    for one in findings:
        changed = changed_lines(one.place.file)
        if changed is not None and one.place.line not in changed:
            outside.append(f"{one.place} {one.rule}: {one.message}")
    assert outside == []


def test_there_is_none_on_quart() -> None:
    result = audit(QUART, jobs=1)
    assert [f"{one.place} {one.rule}" for one in result.findings] == []
    assert result.uses >= {"quart", "sqlalchemy"}


def test_each_hunk_of_the_views_and_models_has_a_finding() -> None:
    findings = audit(FLASK, jobs=1).findings
    without = []
    for path in [FLASK / "models.py", *sorted((FLASK / "views").glob("*.py"))]:
        file = path.relative_to(FLASK).as_posix()
        lines = path.read_text().splitlines()
        theirs = (QUART / file).read_text().splitlines()
        found = {one.place.line for one in findings if one.place.file == file}
        for group in difflib.SequenceMatcher(
            None, lines, theirs, autojunk=False
        ).get_grouped_opcodes(3):
            start, end = group[0][1] + 1, group[-1][2]
            if not found & set(range(start, end + 1)) and file not in UNFOUND:
                without.append(f"{file}:{start}-{end}")
    assert without == []

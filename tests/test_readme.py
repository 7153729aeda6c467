"""The README's commands are those that are run."""

import json
from pathlib import Path

from migration_guide.kit.report.picture import KEPT, PICTURE, draw

ROOT = Path(__file__).parent.parent


def test_it_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) < 150


def test_the_readmes_commands_are_the_ones_that_ci_runs() -> None:
    readme = (ROOT / "README.md").read_text()
    ci = (ROOT / ".ci" / "run").read_text()
    commands = [
        line.strip() for line in readme.splitlines() if line.strip().startswith("python3 -m venv")
    ]
    assert len(commands) == 2
    assert "port-kit compare" in commands[0]
    assert commands[1].endswith(".venv/bin/pytest")
    for command in commands:
        assert command in ci


def test_the_picture_is_drawn_from_the_kept_run() -> None:
    cells = json.loads(KEPT.read_text())
    assert PICTURE.read_text() == draw(cells)
    cells[0]["failed"] += 1
    assert PICTURE.read_text() != draw(cells)


def test_the_picture_has_an_alternative_text() -> None:
    readme = (ROOT / "README.md").read_text()
    assert f"]({PICTURE.relative_to(ROOT)})" in readme
    assert "![]" not in readme

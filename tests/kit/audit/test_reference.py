from pathlib import Path

import pytest

from migration_guide.kit.audit.reference import pages
from migration_guide.kit.audit.rules import RULES
from migration_guide.kit.audit.rules.base import SECTIONS

FOLDER = Path("migration_guide/reference/rules")


def test_the_pages_are_those_of_the_rules(request: pytest.FixtureRequest) -> None:
    folder = request.config.rootpath / FOLDER
    wanted = {name: f"{text}\n" for name, text in pages().items()}
    if request.config.getoption("--write-reference"):
        folder.mkdir(exist_ok=True)
        for path in folder.glob("*.md"):
            path.unlink()
        for name, text in wanted.items():
            (folder / name).write_text(text)
    assert {path.name: path.read_text() for path in folder.glob("*.md")} == wanted


@pytest.mark.parametrize("name", RULES)
def test_each_rule_says_all_that_belongs_to_it(name: str) -> None:
    rule = RULES[name]
    assert tuple(rule.sections) == SECTIONS
    assert all(rule.sections.values())
    assert rule.title.endswith(".")
    assert rule.instead


def test_each_rule_looks_for_something() -> None:
    for rule in RULES.values():
        assert rule.checks or rule.text_checks or rule.template_checks or rule.graph_checks

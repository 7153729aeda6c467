"""Comments that take a finding away."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from migration_guide.kit.cli import cli
from tests.kit.audit.rules.checking import check_found, check_noop

RULE = "model-query"
START = "from app.models import User\n\n"


@pytest.mark.parametrize(
    "text",
    [
        "User.query.all()  # port-kit: ignore[model-query]",
        "User.query.all()  # port-kit: ignore",
        "# port-kit: ignore[session-query, model-query]\nUser.query.all()",
        "users = (\n    User.query\n    .all()\n)  # port-kit: ignore[model-query]",
        "users = (\n    User.query  # port-kit: ignore[model-query]\n    .all()\n)",
    ],
)
def test_it_takes_the_finding_away(text: str) -> None:
    check_noop(RULE, START + text)


@pytest.mark.parametrize(
    "text",
    [
        "User.query.all()  # port-kit: ignore[session-query]",
        "print('# port-kit: ignore', User.query)",
        "'''\n# port-kit: ignore\n'''; User.query.all()",
        "User.query.all()\nprint(1)  # port-kit: ignore",
        "def f():\n    User.query.all()\n    return 1  # port-kit: ignore",
    ],
)
def test_it_takes_no_other_away(text: str) -> None:
    check_found(RULE, START + text, "User.query")


def test_a_rule_that_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        "import flask  # port-kit: ignore[flask-imports]\n\n"
        "print(\n    flask\n)  # port-kit: ignore\n"
    )
    (tmp_path / "Procfile").write_text("web: true  # port-kit: ignore[nothing]\n")
    result = CliRunner().invoke(cli, ["audit", str(tmp_path), "--fail-on", "never"])
    assert result.stderr.splitlines() == [
        "app.py:1: there is no rule flask-imports to ignore; see port-kit audit --list",
        "Procfile:1: there is no rule nothing to ignore; see port-kit audit --list",
    ]

import json
from importlib import resources
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner, Result

from migration_guide.kit.audit import writers
from migration_guide.kit.audit.command import Request, exit_code, main
from migration_guide.kit.audit.finding import Severity
from migration_guide.kit.audit.run import audit
from migration_guide.kit.cli import cli

APP = """\
from flask import Flask, request
from flask_sqlalchemy import SQLAlchemy

SECRET_KEY = "hunter2"
app = Flask(__name__)
db = SQLAlchemy(app)


@app.get("/")
def index():
    db.session.execute("SET password = 'hunter2'", dict(password="hunter2"))
    return request.get_json()
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    folder.mkdir()
    (folder / "app.py").write_text(APP)
    return folder


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["audit", *map(str, arguments)])


def test_findings_that_are_silent_give_1_by_default(tree: Path) -> None:
    result = run(tree)
    assert result.exit_code == 1
    assert "SILENT: would run, and be wrong" in result.output
    assert "app.py:12" in result.output


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--fail-on", "never"], 0),
        (["--fail-on", "breaking", "--only", "flask-import"], 1),
        (["--only", "flask-import"], 0),
        (["--skip", "get-json-without-await", "--only", "get-json-without-await"], 0),
    ],
)
def test_the_exit_code_is_what_was_asked_for(tree: Path, options: list[str], code: int) -> None:
    assert run(tree, *options).exit_code == code


def test_a_tree_without_the_stack_has_nothing_to_do(tmp_path: Path) -> None:
    (tmp_path / "tool.py").write_text("class A:\n    query = 1\n\n\nA.query\n")
    result = run(tmp_path)
    assert result.exit_code == 0
    assert "Nothing to do" in result.output


def test_the_json_is_as_documented(tree: Path) -> None:
    (tree / "broken.py").write_text("def broken(:\n")
    result = run(tree, "--json", "-")
    document = json.loads(result.stdout)
    schema = json.loads(resources.files(writers).joinpath("audit.schema.json").read_text())
    jsonschema.validate(document, schema)
    assert {one["file"] for one in document["findings"]} == {"app.py"}
    assert [(one["file"], one["line"]) for one in document["unread"]] == [("broken.py", 1)]
    assert "findings" in result.stderr  # the report itself


def test_secrets_are_hidden(tree: Path) -> None:
    result = run(tree, "--json", "-")
    assert "session.execute" in result.stdout
    assert "hunter2" not in result.output
    assert "hunter2" in APP  # the control


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["nowhere"], "nowhere"),
        ([], "name the folder"),
        (["{tree}", "--only", "model-querry"], "Did you mean model-query?"),
        (["{tree}", "--skip", "nonsense"], "there is no rule 'nonsense'"),
        (["{tree}", "--json", "nowhere/file.json"], "there is no folder"),
        (["{tree}", "--jobs", "0"], "--jobs"),
    ],
)
def test_wrong_arguments_are_told(tree: Path, arguments: list[str], what: str) -> None:
    result = run(*(one.replace("{tree}", str(tree)) for one in arguments))
    assert result.exit_code == 2
    assert what in result.output
    assert "Traceback" not in result.output


def test_one_file_can_be_read_alone(tree: Path) -> None:
    assert "app.py:12" in run(tree / "app.py").output


def test_the_rules_are_listed_and_explained(tree: Path) -> None:
    assert "model-query" in run("--list").output
    explained = CliRunner().invoke(cli, ["explain", "model-query"])
    assert explained.exit_code == 0
    assert "## Why it matters" in explained.output
    assert CliRunner().invoke(cli, ["explain", "model-querry"]).exit_code == 2
    assert main(Request(tree, fail_on=None)) == 0


def test_several_processes_find_the_same(tmp_path: Path) -> None:
    for number in range(210):
        (tmp_path / f"app{number}.py").write_text(APP)
    alone, together = (audit(tmp_path, jobs=jobs) for jobs in (1, 2))
    assert alone.findings == together.findings
    assert len(alone.findings) > 210
    assert exit_code(alone, Severity.SILENT) == 1

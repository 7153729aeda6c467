"""The audit as Markdown and as SARIF; how large the move is."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from migration_guide.kit.audit.effort import SIZES, estimate
from migration_guide.kit.audit.finding import Confidence, Finding, Phase, Place, Severity
from migration_guide.kit.audit.result import Audit
from migration_guide.kit.audit.writers.sarif import LEVELS
from migration_guide.kit.cli import cli

APP = """\
from flask import Flask, request
from flask_admin import Admin
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config["SECRET_KEY"] = "hunter2"
db = SQLAlchemy(app)


@app.post("/")
def index():
    row = db.session.get_one("a|b", "`c`", "[x](y)", "<b>")
    return request.get_json()[row]
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    folder.mkdir()
    (folder / "app.py").write_text(APP)
    (folder / "broken.py").write_text("def broken(:\n")
    return folder


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["audit", *map(str, arguments)])


def test_the_markdown_has_the_summary_first_then_each_finding_with_its_lines(tree: Path) -> None:
    text = run(tree, "--markdown", "-").stdout
    titles = [line for line in text.splitlines() if line.startswith("#")]
    assert titles[0].startswith("# What has to change in `")
    order = ["## Blockers: ", "## In the order", "## Files that", "## Silent: ", "## Breaking: "]
    places = [next(n for n, title in enumerate(titles) if title.startswith(o)) for o in order]
    assert places == sorted(places)
    assert titles[-1] == "## Not read"
    assert "**Effort: M**, by a rule of thumb." in text, "S, and a blocker"
    assert "| `flask-extension-admin` | 1 |" in text
    assert "  >   13      return request.get_json()[row]" in text
    assert "hunter2" not in text


def test_nothing_of_the_tree_becomes_markup(tree: Path) -> None:
    text = run(tree, "--markdown", "-").stdout
    outside = "".join(part for n, part in enumerate(text.split("```")) if n % 2 == 0)
    prose = "".join(part for n, part in enumerate(outside.split("`")) if n % 2 == 0)
    assert "<b>" not in prose.replace("\\<b\\>", "")
    assert "[x](y)" not in prose


def sarif(tree: Path) -> dict[str, Any]:
    (one,) = json.loads(run(tree, "--sarif", "-").stdout)["runs"]
    return dict(one)


def test_the_sarif_has_each_finding_at_its_place(tree: Path) -> None:
    found = sarif(tree)
    audit = json.loads(run(tree, "--json", "-").stdout)
    wanted = [(one["rule"], one["file"], one["line"], one["column"]) for one in audit["findings"]]
    results = []
    for one in found["results"]:
        (location,) = one["locations"]
        place = location["physicalLocation"]
        region = place["region"]
        rule = found["tool"]["driver"]["rules"][one["ruleIndex"]]
        assert rule["id"] == one["ruleId"]
        assert rule["help"]["markdown"].startswith("## What it does")
        assert place["artifactLocation"]["uriBaseId"] in found["originalUriBaseIds"]
        assert not place["artifactLocation"]["uri"].startswith(("/", "file:"))
        results.append(
            (
                one["ruleId"],
                place["artifactLocation"]["uri"],
                region["startLine"],
                region["startColumn"],
            )
        )
    assert results == wanted
    assert {one["level"] for one in found["results"]} == {"error", "warning"}
    assert found["columnKind"] == "unicodeCodePoints"
    (unread,) = found["invocations"][0]["toolExecutionNotifications"]
    assert "not Python" in unread["message"]["text"]


def test_the_sarif_has_no_secret_and_says_where_one_was(tree: Path) -> None:
    (tree / "app.py").write_text(APP.replace("request.get_json()", "request.get_json(), 'x'"))
    text = json.dumps(sarif(tree))
    assert "hunter2" not in text
    (tree / "app.py").write_text(APP + "\n\ndb.session.execute('x', password='hunter2')\n")
    found = sarif(tree)
    assert found["redactionTokens"] == ["***"]
    assert "hunter2" not in json.dumps(found)


def test_a_finding_is_the_same_one_when_its_line_moves(tree: Path) -> None:
    def prints() -> list[str]:
        return sorted(one["partialFingerprints"]["place/v1"] for one in sarif(tree)["results"])

    before = prints()
    assert len(set(before)) == len(before)
    (tree / "app.py").write_text("\n\n" + APP)
    assert prints() == before
    (tree / "app.py").write_text(APP.replace("get_json()", "get_json( )"))
    assert prints() != before, "the control"


def test_only_one_report_can_go_to_stdout(tree: Path) -> None:
    done = run(tree, "--json", "-", "--sarif", "-")
    assert done.exit_code == 2
    assert "only one of --json, --markdown and --sarif" in done.output
    assert run(tree, "--sarif", "nowhere/x.sarif").exit_code == 2


def test_all_reports_are_written_in_one_run(tree: Path, tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("a.json", "a.md", "a.sarif")]
    options = zip(("--json", "--markdown", "--sarif"), files, strict=True)
    done = run(tree, *(part for option in options for part in option))
    assert done.exit_code == 1
    assert all(file.stat().st_size for file in files)
    assert "Effort: M, by a rule of thumb." in done.stdout
    assert "flask-extension-admin" in done.stdout.partition("Blockers")[2].partition("In the")[0]


def made(by_hand: int, mechanical: int, files: int) -> Audit:
    findings = tuple(
        Finding(
            Place(f"{number % files}.py", 1),
            *("flask-import", Severity.SILENT, Confidence.CERTAIN, Phase.ORM),
            mechanical=number >= by_hand,
            message="",
            instead="",
        )
        for number in range(by_hand + mechanical)
    )
    return Audit("x", files, 1, frozenset({"flask"}), findings, (), (), 0, 0.0)


def test_the_effort_follows_from_the_counts() -> None:
    for name, (places, files) in SIZES.items():
        found = estimate(made(places, 500, files), {})
        assert found
        assert found.size == name
    largest = estimate(made(10_000, 0, 10), {})
    assert largest
    assert largest.size == "XL"
    small = estimate(made(1, 5, 2), {"flask-extension-admin": 1})
    assert small
    assert small.size == "M", "a blocker raises it"
    assert "1 of 6 findings need a decision" in small.reasons[0]
    assert "flask-extension-admin" in small.reasons[1]
    assert estimate(made(0, 0, 1), {}) is None


def test_each_severity_has_a_level() -> None:
    assert set(LEVELS) == set(Severity)

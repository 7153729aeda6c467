"""What the tests of the rules share: a small tree, and what a rule says of it."""

from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import dedent

from migration_guide.kit.audit.finding import Finding
from migration_guide.kit.audit.run import audit

USES = "import flask\nimport sqlalchemy\n"
"""Without them there is nothing to do."""

DB = """
from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()
"""
MODELS = """
from app.extensions import db


class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(80))
    created_at = db.Column(db.DateTime(timezone=True))
    posts = db.relationship("Post", backref="author")


class Post(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    user_id = db.Column(db.ForeignKey("user.id"))
    title = db.Column(db.String(80))
"""
APP = {"app/__init__.py": "", "app/extensions.py": DB, "app/models.py": MODELS}
"""An application with two models, for rules that follow names through files."""

MARK = "# found"


def find(rule: str, files: dict[str, str] | str) -> list[Finding]:
    """What a rule finds in a tree; a text alone is the file ``app/views.py`` beside `APP`."""
    tree = {"uses.py": USES, **APP, "app/views.py": files} if isinstance(files, str) else files
    with TemporaryDirectory() as folder:
        root = Path(folder)
        for name, text in ({"uses.py": USES} | tree).items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text).lstrip("\n"))
        result = audit(root, only=[rule], jobs=1)
    assert not result.unread
    return [one for one in result.findings if one.place.file != "uses.py"]


def check_noop(rule: str, files: dict[str, str] | str) -> None:
    """The rule has nothing to say."""
    found = [f"{one.place}: {one.message}" for one in find(rule, files)]
    assert found == []


def check_found(rule: str, files: dict[str, str] | str, *places: str) -> list[Finding]:
    """The rule finds just these places, given by a piece of their line.

    A place is ``text`` or ``file: text``; the line on which the text stands has a finding, and no
    other line has.
    """
    tree = {**APP, "app/views.py": files} if isinstance(files, str) else files
    wanted = []
    for place in places:
        file, _, text = place.rpartition(": ") if ": " in place else ("app/views.py", "", place)
        lines = dedent(tree[file]).lstrip("\n").splitlines()
        matching = [number for number, line in enumerate(lines, start=1) if text in line]
        assert len(matching) == 1, f"{text!r} stands on lines {matching} of {file}"
        wanted.append(f"{file}:{matching[0]}")
    found = find(rule, files)
    assert sorted({str(one.place) for one in found}) == sorted(wanted)
    return found


def check_marked(rule: str, files: dict[str, str]) -> None:
    """The rule finds just the lines with `MARK`, in a tree of these files beside `APP`."""
    tree = APP | files
    wanted = {
        f"{name}:{number}"
        for name, text in tree.items()
        for number, line in enumerate(text.lstrip("\n").splitlines(), start=1)
        if MARK in line
    }
    assert {str(one.place) for one in find(rule, tree)} == wanted

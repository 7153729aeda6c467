"""Every rule, on the code of `cases`."""

import pytest

from migration_guide.kit.audit.rules import RULES
from tests.kit.audit.rules.cases import CLIENT, FOUND, HEAD, IN_TESTS, NOT_IN_TESTS, NOTHING
from tests.kit.audit.rules.checking import APP, MARK, check_noop, find

ELSEWHERE = {"flask-command", "model-query", "wsgi-server"}
"""Rules with a file of tests of their own."""


def pairs(cases: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(rule, text) for rule, texts in cases.items() for text in texts]


@pytest.mark.parametrize(("rule", "text"), pairs(NOTHING))
def test_nothing_is_found(rule: str, text: str) -> None:
    check_noop(rule, HEAD.lstrip() + text)


@pytest.mark.parametrize(("rule", "text"), pairs(NOT_IN_TESTS))
def test_nothing_is_found_in_tests(rule: str, text: str) -> None:
    check_noop(rule, in_tests(text))


@pytest.mark.parametrize(("rule", "text"), pairs(FOUND))
def test_what_is_marked_is_found(rule: str, text: str) -> None:
    head = HEAD.lstrip()
    if rule == "flask-import":
        head = ""
    elif rule in {"flask-app", "changed-default"}:
        head = head.replace("app = Flask(__name__)\n", "")
    assert found(rule, {**APP, "app/views.py": head + text}, "app/views.py") == marked(head + text)


@pytest.mark.parametrize(("rule", "text"), pairs(IN_TESTS))
def test_what_is_marked_is_found_in_tests(rule: str, text: str) -> None:
    files = in_tests(text)
    assert found(rule, files, "tests/test_it.py") == marked(files["tests/test_it.py"])


def test_every_rule_has_cases_of_both_kinds() -> None:
    rules = set(RULES) - ELSEWHERE
    assert set(FOUND) | set(IN_TESTS) == rules
    # What is not found of these is what the models and imports of every other case show.
    assert rules - set(NOTHING) - set(NOT_IN_TESTS) == {
        "flask-app",
        "flask-import",
        "flask-sqlalchemy-db",
        "flask-sqlalchemy-model",
        "flask-sqlalchemy-name",
    }


def test_plain_sqlalchemy_has_no_finding_of_flask_sqlalchemy() -> None:
    text = """
    from sqlalchemy import Column, Integer, select
    from sqlalchemy.orm import DeclarativeBase
    from quart import Quart
    import flask_like
    from app.base import Flask


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "user"
        id = Column(Integer, primary_key=True)


    class SQLAlchemy:
        Model = object
        Column = object


    db = SQLAlchemy()


    Flask("a")


    class Other(db.Model):
        id = db.Column()
    """
    for rule in (
        "flask-app",
        "flask-import",
        "flask-sqlalchemy-db",
        "flask-sqlalchemy-model",
        "flask-sqlalchemy-name",
    ):
        check_noop(rule, {"models.py": text})


def in_tests(text: str) -> dict[str, str]:
    return {
        **APP,
        "app/views.py": "from flask import Flask\n\napp = Flask(__name__)\n",
        "tests/test_it.py": CLIENT.lstrip() + text,
    }


def found(rule: str, files: dict[str, str], file: str) -> list[int]:
    return sorted({one.place.line for one in find(rule, files) if one.place.file == file})


def marked(text: str) -> list[int]:
    lines = [number for number, line in enumerate(text.splitlines(), start=1) if MARK in line]
    assert lines
    return lines


def test_a_lazy_relationship_is_found_in_a_template() -> None:
    files = {
        **APP,
        "app/views.py": """
        from flask import render_template

        from app.models import User


        def show():
            return render_template("users.html", users=User.query.all(), title="All")
        """,
        "app/templates/users.html": """
        <h1>{{ title.posts }}</h1>
        {% for user in users %}
          <b>{{ user.name }}</b>
          {% for post in user.posts %}{{ post.title }}{% endfor %}
        {% endfor %}
        """,
    }
    assert found("lazy-relationship", files, "app/templates/users.html") == [4]


def test_a_methods_relationship_is_found_where_the_object_is_loaded() -> None:
    files = {
        "models.py": """
        from flask_sqlalchemy import SQLAlchemy

        db = SQLAlchemy()


        class Order(db.Model):
            id = db.Column(db.Integer, primary_key=True)
            lines = db.relationship("Line")

            def to_dict(self):
                return [line.quantity for line in self.lines]


        class Line(db.Model):
            order_id = db.Column(db.ForeignKey("order.id"), primary_key=True)
            quantity = db.Column(db.Integer)
        """,
        "views.py": """
        from sqlalchemy.orm import selectinload

        from models import Order


        def show():
            return Order.query.get(1).to_dict()


        def listed():
            page = Order.query.paginate()
            return body(page)


        def loaded():
            return Order.query.options(selectinload(Order.lines)).first().to_dict()


        def body(page):
            return [order.to_dict() for order in page.items]
        """,
    }
    assert found("lazy-relationship", files, "views.py") == [7, 11]
    assert found("lazy-relationship", files, "models.py") == []

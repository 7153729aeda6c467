import pytest

from tests.kit.audit.rules.checking import check_found, check_noop

RULE = "model-query"


@pytest.mark.parametrize(
    "text",
    [
        "from app.models import User\nfrom sqlalchemy import select\nselect(User).filter_by(id=1)",
        "class Page:\n    query = 'q=1'\n\nPage.query",
        "from flask import request\nrequest.query_string",
        "from urllib.parse import urlsplit\nurlsplit('http://localhost/?a=1').query",
        "from app.models import User\nUser.query.all()  # port-kit: ignore[model-query]",
    ],
)
def test_noop(text: str) -> None:
    check_noop(RULE, text)


def test_it_is_found_on_a_model() -> None:
    found = check_found(
        RULE,
        """
        from app.models import User

        def view():
            return (
                User.query.filter_by(id=1)
                .first()
            )
        """,
        "User.query",
    )
    assert "select(Model)" in found[0].instead


@pytest.mark.parametrize(
    ("imports", "name"),
    [
        ("from app import models", "models.User"),
        ("import app.models as m", "m.User"),
        ("from app.models import User as Person", "Person"),
        ("from app.models import *", "User"),
        ("from .models import User", "User"),
    ],
)
def test_it_is_found_under_other_names(imports: str, name: str) -> None:
    check_found(RULE, f"{imports}\n\n{name}.query.all()", f"{name}.query")


def test_it_is_found_in_the_models_own_methods_and_in_mixins() -> None:
    files = {
        "base.py": """
        from flask_sqlalchemy import SQLAlchemy

        db = SQLAlchemy()


        class Crud:
            @classmethod
            def all(cls):
                return cls.query.all()


        class Model(Crud, db.Model):
            __abstract__ = True
        """,
        "user.py": """
        from base import Model


        class User(Model):
            def others(self):
                return self.query.filter(User.id != self.id)
        """,
    }
    check_found(RULE, files, "base.py: cls.query", "user.py: self.query")


def test_it_is_found_with_query_property() -> None:
    files = {
        "database.py": """
        from sqlalchemy.orm import declarative_base, scoped_session, sessionmaker

        session = scoped_session(sessionmaker())
        Base = declarative_base()
        Base.query = session.query_property()


        class User(Base):
            pass


        User.query.get(1)
        """
    }
    check_found(RULE, files, "database.py: User.query")


def test_a_declarative_base_without_query_property_has_none() -> None:
    check_noop(
        RULE,
        """
        from sqlalchemy.orm import declarative_base

        Base = declarative_base()


        class User(Base):
            query = "text"


        User.query
        """,
    )

"""How functions and sessions are followed, to who calls and has them."""

import pytest

from tests.kit.audit.rules.checking import APP, MARK, check_marked, find

SERVICE = """
from app.models import Post, User


class Service:
    model = None

    def get(self, id):
        return self.model.query.get(id)  {query}

    def find(self, **kwargs):
        return self.model.query.filter_by(**kwargs)  {query}

    def first(self, **kwargs):
        return self.find(**kwargs).first()  {run}


class Users(Service):
    model = User


class Posts(Service):
    model = Post


users = Users()
posts = Posts()
"""
"""A base class that leaves its model to subclasses."""

VIEWS_OF_SERVICE = """
from app.service import posts, users


def show(id):  {function}
    return users.get(id).posts  {call} {lazy}


def listed():
    return users.find(name="a")


def author(id):  {function}
    return posts.first(id=id).author  {call} {lazy}
"""


@pytest.mark.parametrize(
    ("rule", "marks"),
    [
        ("model-query", {"query"}),
        ("query-execution", {"run"}),
        ("lazy-relationship", {"lazy"}),
        ("call-becomes-await", {"call"}),
    ],
)
def test_a_base_class_leaves_its_model_to_subclasses(rule: str, marks: set[str]) -> None:
    names = ("query", "run", "function", "call", "lazy")
    filled = {name: MARK if name in marks else "" for name in names}
    check_marked(
        rule,
        {
            "app/service.py": SERVICE.format(**filled),
            "app/views.py": VIEWS_OF_SERVICE.format(**filled),
        },
    )


UNIT_OF_WORK = """
import abc
from dataclasses import dataclass, field

from sqlalchemy.orm import Session, sessionmaker

from app.models import User

Factory = sessionmaker()


class AbstractUnitOfWork(abc.ABC):
    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.rollback()  # call

    @abc.abstractmethod
    def commit(self):  # function
        raise NotImplementedError

    @abc.abstractmethod
    def rollback(self):  # function
        raise NotImplementedError

    def close(self):
        pass


@dataclass
class UnitOfWork(AbstractUnitOfWork):
    session: Session = field(default_factory=Factory)

    def commit(self):  # function
        self.session.commit()  # commit

    def rollback(self):  # function
        self.session.rollback()  # commit


class Fake(AbstractUnitOfWork):
    def commit(self):  # function
        self.is_committed = True

    def rollback(self):  # function
        pass
"""
HANDLERS = """
import functools

from app.unit_of_work import AbstractUnitOfWork, UnitOfWork


def register(name, uow: AbstractUnitOfWork):  # function
    with uow:  # call
        uow.commit()  # call
        uow.close()


def forget(name, uow):  # function
    uow.commit()  # call


def nothing(name, uow):
    return name


HANDLERS = {"register": register, "nothing": nothing}
HANDLERS["forget"] = forget


def handle(name):  # function
    uow = UnitOfWork()
    handler = HANDLERS[name]
    handler(name, uow)  # call


def prepared():
    return functools.partial(register, "a")


def later():
    return lambda name: register(name, UnitOfWork())  # call


def run():  # function
    prepared()(UnitOfWork())  # call
"""


@pytest.mark.parametrize(
    ("rule", "kind"),
    [
        ("unawaited-session-commit", "commit"),
        ("function-becomes-async", "function"),
        ("call-becomes-await", "call"),
    ],
)
def test_a_unit_of_work_and_tables_of_handlers(rule: str, kind: str) -> None:
    files = {"app/unit_of_work.py": UNIT_OF_WORK, "app/handlers.py": HANDLERS}
    check_marked(rule, {name: text.replace(f"# {kind}", MARK) for name, text in files.items()})


SESSIONS = """
import threading

from flask import Flask, current_app, g
from sqlalchemy import orm

from app.models import User


class Sessions:
    def __init__(self):
        self.made = {}

    @property
    def local(self):
        if not hasattr(g, "sessions"):
            g.sessions = {}
        return g.sessions

    def session(self, name):
        if name not in self.local:
            self.local[name] = orm.scoped_session(orm.sessionmaker())
        return self.local[name]

    def close(self):
        for session in self.local.values():
            session.remove()  # found


def create_app():
    app = Flask(__name__)
    app.sessions = Sessions()
    app.cache = threading.local()
    return app


def view():
    session = current_app.sessions.session("main")
    current_app.cache.commit()
    store(session)
    session.commit()  # found


def store(given):
    pair = given, 1
    session, _ = pair
    session.flush()  # found
    getattr(g, "session").rollback()  # found


def before():
    g.session = current_app.sessions.session("main")


def after():
    g.session.commit()  # found
    g.other.commit()


class Repository:
    session = None

    def save(self):
        self.session.commit()  # found


class Mine(Repository):
    session = orm.sessionmaker()()


class Step:
    def __init__(self, made):
        self.made = made

    def run(self):
        self.made.commit()  # found


class Last(Step):
    pass


Last(orm.Session())
"""


def test_sessions_in_attributes_containers_and_subclasses() -> None:
    check_marked("unawaited-session-commit", {"app/sessions.py": SESSIONS})


CRUD = """
from flask_sqlalchemy import Model, SQLAlchemy


class Crud(Model):
    @classmethod
    def create(cls, **values):  # function
        return cls(**values).save()  # call

    def save(self):  # function
        db.session.add(self)
        db.session.commit()
        return self

    def describe(self):
        return "a"


db = SQLAlchemy(model_class=Crud)
Base = db.Model


class Order(Base):
    def save(self):  # function
        return super().save()  # call

    def describe(self):
        return super().describe()


class Line(db.Model):
    pass


def view():  # function
    Order().describe()
    Line.create(number=1).save()  # call
    order = Order()
    order.save()  # call
"""


@pytest.mark.parametrize(
    ("rule", "kind"),
    [("function-becomes-async", "function"), ("call-becomes-await", "call")],
)
def test_methods_that_all_models_have(rule: str, kind: str) -> None:
    check_marked(rule, {"app/crud.py": CRUD.replace(f"# {kind}", MARK)})


LOOPS = """
from contextlib import contextmanager

from app.extensions import db
from app.models import User


def users():
    for user in User.query.all():
        yield user


def names():
    yield "a"


@contextmanager
def scope():
    yield db.session
    db.session.commit()


def view():
    for user in users():  # found
        print(user)
    for name in names():
        print(name)
    with scope() as session:  # found
        session.add(User())
    with open("a") as file:
        file.read()
    return users


def described(user):
    return User.query.get(user)


def mapped():
    found = map(described, [1])  # found
    return sorted(found, key=str)
"""


def test_loops_with_and_map_are_calls_too() -> None:
    check_marked("call-becomes-await", {"app/loops.py": LOOPS})
    found = find("call-becomes-await", APP | {"app/loops.py": LOOPS})
    messages = [one.message for one in sorted(found, key=lambda one: one.place.line)]
    words = ["async for", "async with", "has to be awaited"]
    assert [word for word, text in zip(words, messages, strict=True) if word in text] == words

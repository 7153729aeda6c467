"""What has the names of a database's things, and is none: nothing of it is found."""

import pytest

from tests.kit.audit.rules.checking import check_noop

CODE = """
import abc
import functools

import requests
from elsewhere import Redis
from flask import current_app, g, session


class Repository(abc.ABC):
    model = None

    @abc.abstractmethod
    def get(self, key):
        raise NotImplementedError

    def all(self):
        return self.model.query.all()

    def commit(self):
        pass


class Cached(Repository):
    model = dict

    def __init__(self, redis):
        self.session = redis

    def get(self, key):
        return self.session.get(key)


class Search:
    def query(self, text):
        return self

    def filter(self, **words):
        return self

    def all(self):
        return []

    def execute(self):
        return 1

    def __enter__(self):
        return self

    def __exit__(self, *args):
        pass


class Page:
    query = Search()


class Session:
    def commit(self):
        pass

    def query(self, model):
        return []


def fetch(repository, key):
    repository.get(key)
    repository.commit()


HANDLERS = {"fetch": fetch, "later": functools.partial(fetch, None)}


def run():
    for handler in HANDLERS.values():
        handler(Cached(Redis()), 1)
    with Search() as search:
        search.execute()


def before():
    g.session = requests.Session()
    g.session.get("http://localhost")
    g.session.close()
    current_app.search = Search()


def view():
    session["a"] = 1
    session.get("a")
    current_app.search.query("x").filter(a=1).all()
    with current_app.search as search:
        search.execute()
    for page in Page.query.all():
        print(page)
    for number, name in [(1, "a"), (2, "b")]:
        print(number.posts, name.posts)
    one, other = pair()
    one.execute()
    other.query("a")
    return list(map(lambda page: page.query, [Page()]))


def pair():
    return Search(), Search()


def own():
    def inner(session):
        session.commit()
        return session.query(1)

    made = Session()
    made.commit()
    return inner(made)


def with_session(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args, session=Session())

    return wrapper


@with_session
def decorated(session):
    session.commit()
    session.query(1)


def late(session):
    return session.commit


def rendered(items):
    return [item for item in items if item.posts]
"""


@pytest.mark.parametrize(
    "rule",
    [
        "call-becomes-await",
        "function-becomes-async",
        "lazy-relationship",
        "model-query",
        "property-becomes-async",
        "query-execution",
        "session-query",
        "sync-engine",
        "unawaited-session-commit",
        "unawaited-session-delete",
        "unawaited-session-execute",
    ],
)
def test_nothing_is_found_in_what_has_the_names_alone(rule: str) -> None:
    check_noop(rule, CODE)

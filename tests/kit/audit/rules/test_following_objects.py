"""How queries are followed, and the objects that they give."""

from tests.kit.audit.rules.checking import MARK, check_marked

CURRENT = """
from flask import g
from flask_login import LoginManager, UserMixin, current_user

from app.models import User

login = LoginManager()


@login.user_loader
def load(id):
    return User.query.get(id)


def view():
    g.user = load(1)
    g.name = "a"
    return current_user.posts  # found


def other():
    print(current_user.name, g.name.posts)
    return g.user.posts  # found


def ordered():
    users = User.query.all()
    by_name = sorted(users, key=lambda user: user.name)
    return sorted(users, key=lambda user: len(user.posts))  # found


def wrapped(function):
    def wrapper():
        return function().posts  # found

    return wrapper


@wrapped
def first():
    return User.query.first()
"""


def test_the_user_of_a_request_and_what_g_has() -> None:
    check_marked("lazy-relationship", {"app/views.py": CURRENT})


QUERIES = """
from flask_sqlalchemy import BaseQuery

from app.extensions import db
from app.models import Post, User


class Posts(BaseQuery):
    def newest(self):
        return self.order_by(Post.id).first()  # found

    def titled(self):
        return self.filter(Post.title != "")


def page(self, number):
    return self.limit(number).all()  # found


BaseQuery.page = page


class Note(db.Model):
    query_class = Posts
    id = db.Column(db.Integer, primary_key=True)


def view():
    query = Note.query
    query = query.titled()  # found
    notes = [note for note in query]  # found
    first = query[0]  # found
    if Note() in query:  # found
        notes = list(query)  # found
    rows = User.query.filter_by(name="a")
    for user in rows:
        print(user)
    return Note.query.filter_by(id=1).all()


def fill(rows):
    return [row for row in rows], rows[0]


fill([1])
"""


def test_queries_of_classes_of_their_own_and_where_they_are_run() -> None:
    check_marked("query-execution", {"app/views.py": QUERIES})


def test_a_function_that_only_builds_a_query_stays_plain() -> None:
    text = """
from app.models import User


def named(name):
    return User.query.filter_by(name=name)


def counted(name):  # found
    return User.query.filter_by(name=name).count()


def looped():  # found
    users = User.query
    return [user.name for user in users]
"""
    check_marked("function-becomes-async", {"app/queries.py": text})


ROWS = """
from sqlalchemy import select

from app.extensions import db
from app.models import Post, User


def pair():
    return User.query.first(), "a"


def rows():
    user, name = pair()
    print(user.posts, name.posts)  # found
    for post, user in db.session.query(Post, User):
        print(post.author, user.posts, post.posts)  # found
    for row in db.session.execute(select(User)):
        print(row.User.posts, row[0].posts, row.posts)  # found
    for title, author in db.session.query(Post.title, Post.user_id):
        print(title.posts, author.author)
"""


def test_tuples_and_rows_have_values_by_position() -> None:
    check_marked("lazy-relationship", {"app/rows.py": ROWS})


MAPPED = """
from sqlalchemy.orm import Session, registry, relationship


class Order:
    pass


class Line:
    pass


class Plain:
    lines = ()


mappers = registry()
of_lines = mappers.map_imperatively(Line, None)
mappers.map_imperatively(Order, None, properties={"lines": relationship(of_lines)})


def view(session: Session):
    print(Plain().lines)
    return session.get(Order, 1).lines  # found
"""


def test_classes_that_are_mapped_by_a_call() -> None:
    check_marked("lazy-relationship", {"app/mapped.py": MAPPED})


DESCRIPTOR = """
from sqlalchemy.orm import Session, declarative_base


class Query:
    def __get__(self, one, owner):
        return Session().query(owner)


Base = declarative_base()
Base.query = Query()


class Order(Base):
    pass


class Other:
    query = Query


def view():
    print(Other.query)
    return Order.query.all()  # found
"""


def test_a_query_that_a_descriptor_makes() -> None:
    check_marked("model-query", {"app/orders.py": DESCRIPTOR})


TEMPLATES = {
    "app/views.py": """
from flask import render_template

from app.models import Post, User


def show():
    return render_template("users.html", users=User.query.all(), label="a")


def page(title, template, **names):
    return render_template(template, title=title, **names)


def other():
    return page("a", "other.html", user=User.query.first())
""",
    "app/templates/other.html": "{{ user.posts }} {# found #}\n{{ title.posts }}\n",
    "app/templates/users.html": """
{% extends "base.html" %}
{% from "macros.html" import row, plain as shown %}
{% import "macros.html" as macros %}
{% for user in users %}
{% include "user.html" %}
{{ row(user) }}{{ shown(label) }}{{ macros.named(one=user) }}
{% endfor %}
""",
    "app/templates/base.html": "{{ users[0].posts }} {# found #}\n{{ label.posts }}\n",
    "app/templates/user.html": "{{ user.posts }} {# found #}\n",
    "app/templates/macros.html": """
{% macro row(user, number=1) %}
{{ user.posts }} {# found #}
{% endmacro %}
{% macro plain(user) %}
{{ user.posts }}
{% endmacro %}
{% macro named(number=1, one=none) %}
{{ one.posts }} {# found #}
{% endmacro %}
""",
}


def test_templates_that_are_included_extended_and_called() -> None:
    check_marked(
        "lazy-relationship",
        {name: text.replace("{# found #}", MARK) for name, text in TEMPLATES.items()},
    )


HELPERS = """
from functools import wraps

from sqlalchemy.orm import Query, selectinload

from app.models import Post, User


def one_or_none(query: Query):
    return query.first()


def called(function, *args):
    return function(*args)


def user_of(id):
    return User.query.get(id)


def title_of(id):
    return "a"


def with_user(view):
    @wraps(view)
    def wrapper(*args):
        return view(*args, user=user_of(1))

    return wrapper


@with_user
def show(user):
    return user.posts  # found


def describe(post: Post):
    return post.author  # found


def view():
    user = one_or_none(User.query)
    post = one_or_none(Post.query)
    print(user.posts, post.author)  # found
    print(user.author, post.posts)
    loaded = one_or_none(User.query.options(selectinload(User.posts)))
    print(loaded.posts)
    print(called(user_of, 1).posts)  # found
    print(called(title_of, 1).posts)
    describe(Post.query.first())
"""


def test_helpers_give_what_they_are_given() -> None:
    check_marked("lazy-relationship", {"app/helpers.py": HELPERS})


def test_queries_that_templates_run() -> None:
    files = {
        "app/notes.py": """
from flask import render_template

from app.extensions import db
from app.models import User


class Note(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    readers = db.relationship("User", lazy="dynamic")


def show():
    return render_template("note.html", note=Note.query.get(1), query=User.query)
""",
        "app/templates/note.html": """
{{ note.readers.count() }} MARK
{% for reader in query.filter_by(name="a").all() %}{% endfor %} MARK
{{ note.title.count("a") }} {{ note.id.count() }} {{ query.filter_by }}
""",
    }
    check_marked(
        "query-execution", {name: text.replace("MARK", MARK) for name, text in files.items()}
    )

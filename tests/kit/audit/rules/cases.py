"""For each rule: code in which it finds nothing, then code in which it does.

A text is ``app/views.py`` beside the models of `checking`. In the second list, a comment ``# found``
marks each line that has a finding, and no other has.
"""

HEAD = """
from flask import Flask, current_app, flash, make_response, render_template, request, send_file
from sqlalchemy import select

from app.extensions import db
from app.models import Post, User

app = Flask(__name__)

"""

NOTHING: dict[str, list[str]] = {
    "flask-sqlalchemy-helper": [
        "class Book:\n    def paginate(self): ...\n\nBook().paginate()",
        "User.query.get_or_404(1)",
        "db.session.get(User, 1)",
        "db.metadata.create_all(None)",
    ],
    "flask-extension-other": [
        "import flask_login",
        "from flask_sqlalchemy import SQLAlchemy",
        "from . import flask_tools",
        "import flaskless",
    ],
    "flask-extension-admin": [
        "from app.flask_admin import x",
        "import flask_admin_other",
        "flask_admin = None",
    ],
    "flask-extension-babel": [
        "from app.flask_babel import x",
        "import flask_babel_other",
        "flask_babel = None",
    ],
    "flask-extension-bcrypt": [
        "from app.flask_bcrypt import x",
        "import flask_bcrypt_other",
        "flask_bcrypt = None",
    ],
    "flask-extension-compress": [
        "from app.flask_compress import x",
        "import flask_compress_other",
        "flask_compress = None",
    ],
    "flask-extension-cors": [
        "from app.flask_cors import x",
        "import flask_cors_other",
        "flask_cors = None",
    ],
    "flask-extension-jwt-extended": [
        "from app.flask_jwt_extended import x",
        "import flask_jwt_extended_other",
        "flask_jwt_extended = None",
    ],
    "flask-extension-limiter": [
        "from app.flask_limiter import x",
        "import flask_limiter_other",
        "flask_limiter = None",
    ],
    "flask-extension-login": [
        "from app.flask_login import x",
        "import flask_login_other",
        "flask_login = None",
    ],
    "flask-extension-migrate": [
        "from app.flask_migrate import x",
        "import flask_migrate_other",
        "flask_migrate = None",
    ],
    "flask-extension-restful": [
        "from app.flask_restful import x",
        "import flask_restful_other",
        "flask_restful = None",
    ],
    "flask-extension-restx": [
        "from app.flask_restx import x",
        "import flask_restx_other",
        "flask_restx = None",
    ],
    "flask-extension-session": [
        "from app.flask_session import x",
        "import flask_session_other",
        "flask_session = None",
    ],
    "flask-extension-smorest": [
        "from app.flask_smorest import x",
        "import flask_smorest_other",
        "flask_smorest = None",
    ],
    "flask-extension-uploads": [
        "from app.flask_uploads import x",
        "import flask_uploads_other",
        "flask_uploads = None",
    ],
    "flask-extension-wtf": [
        "from app.flask_wtf import x",
        "import flask_wtf_other",
        "flask_wtf = None",
    ],
    "sync-engine": [
        "from sqlalchemy.ext.asyncio import create_async_engine\n\ncreate_async_engine('x')",
        "def create_engine(x): ...\n\ncreate_engine('x')",
        "import requests\n\nrequests.Session()",
        "class Session: ...\n\nSession()",
    ],
    "app-context-without-async-with": [
        "async def f():\n    async with app.app_context():\n        pass",
        "class Canvas:\n    def app_context(self): ...\n\nwith Canvas().app_context(): ...",
        "app.config.from_object(None)",
    ],
    "blocking-http-request": [
        "import requests\n\ndef nightly():\n    requests.get('http://localhost')",
        "import httpx\n\n@app.get('/')\nasync def f():\n    async with httpx.AsyncClient() as c:\n"
        "        await c.get('/')",
        "@app.get('/')\ndef f():\n    return {}.get('requests')",
        "class requests:\n    get = print\n\n@app.get('/')\ndef f():\n    requests.get(1)",
    ],
    "blocking-password-hash": [
        "from werkzeug.security import generate_password_hash\n\nNOBODY = generate_password_hash('')",
        "from werkzeug.security import check_password_hash\n\ndef script():\n"
        "    check_password_hash('', '')",
        "def check_password_hash(a, b): ...\n\n@app.get('/')\ndef f():\n"
        "    check_password_hash(1, 2)",
    ],
    "blocking-sleep": [
        "import asyncio\n\n@app.get('/')\nasync def f():\n    await asyncio.sleep(1)",
        "import time\n\ndef script():\n    time.sleep(1)",
        "class Pillow:\n    def sleep(self): ...\n\n@app.get('/')\ndef f():\n    Pillow().sleep()",
    ],
    "blocking-subprocess": [
        "import subprocess\n\ndef script():\n    subprocess.run(['ls'])",
        "class subprocess:\n    run = print\n\n@app.get('/')\ndef f():\n    subprocess.run(1)",
        "@app.get('/')\ndef f():\n    app.run()",
    ],
    "call-becomes-await": [
        "def pure(x):\n    return x\n\n@app.get('/')\ndef f():\n    return pure(1)",
        "async def load():\n    return await db.session.get(User, 1)\n\n@app.get('/')\n"
        "async def f():\n    return await load()",
        "from app import tasks\n\ndef helper():\n    return tasks",
    ],
    "dynamic-relationship": [
        "rel = db.relationship('Post', lazy='selectin')",
        "rel = db.relationship('Post')",
        "import importlib\n\nmodule = dict(lazy='dynamic')",
    ],
    "flash-without-await": [
        "async def f():\n    await flash('x')",
        "from photo import flash as camera\n\ncamera('x')",
        "class Light:\n    def flash(self): ...\n\nLight().flash()",
    ],
    "function-becomes-async": [
        "def pure(x):\n    return x + 1",
        "async def load(session):\n    return await db.session.get(User, 1)",
        "from celery import shared_task\n\n@shared_task\ndef nightly():\n    db.session.commit()",
    ],
    "get-json-other-content-type": [
        "request.get_json(silent=True)",
        "request.get_json(force=True)",
        "class Api:\n    def get_json(self): ...\n\nApi().get_json()",
    ],
    "get-json-without-await": [
        "async def f():\n    return await request.get_json()",
        "class Api:\n    def get_json(self): ...\n\nApi().get_json()",
        "def f(response):\n    return response.get_json()",
    ],
    "lazy-relationship": [
        "user = db.session.scalars(select(User)).first()\nprint(user.name)",
        "from sqlalchemy.orm import selectinload\n\n"
        "user = User.query.options(selectinload(User.posts)).first()\nprint(user.posts)",
        "select(User).join(User.posts)",
        "class Blog:\n    posts = []\n\nprint(Blog().posts)",
        "user = User(posts=[])\nprint(user.posts)",
        "from sqlalchemy.orm import WriteOnlyMapped, relationship\n\nclass Blog(db.Model):\n"
        "    posts: WriteOnlyMapped['Post'] = relationship()\n\n"
        "blog = Blog.query.get(1)\nblog.posts.add(Post())",
    ],
    "naive-datetime": [
        "from datetime import UTC, datetime\n\nuser = User.query.get(1)\n"
        "user.created_at = datetime.now(UTC)",
        "from datetime import datetime\n\nprint(datetime.utcnow())",
        "from datetime import datetime\n\ncolumn = db.Column(db.DateTime, default=datetime.utcnow)",
        "column = db.Column(db.DateTime(timezone=True), server_default=db.func.now())",
    ],
    "operational-error-handler": [
        "from sqlalchemy.exc import DBAPIError, OperationalError\n\ntry:\n    pass\n"
        "except (OperationalError, DBAPIError):\n    pass",
        "class OperationalError(Exception): ...\n\ntry:\n    pass\nexcept OperationalError:\n    pass",
        "from sqlalchemy.exc import IntegrityError\n\ntry:\n    pass\nexcept IntegrityError:\n    pass",
        "from sqlalchemy.exc import OperationalError\n\nURL = 'postgresql+resilient_asyncpg://'\n"
        "try:\n    pass\nexcept OperationalError:\n    pass",
    ],
    "property-becomes-async": [
        "class A:\n    @property\n    def b(self):\n        return 1",
        "class A:\n    def b(self):\n        return User.query.count()",
        "class A:\n    def __repr__(self):\n        return 'A'",
    ],
    "psycopg2-exception": [
        "try:\n    pass\nexcept ValueError:\n    pass",
        "isinstance(1, int)",
        "from asyncpg import UniqueViolationError\n\ntry:\n    pass\n"
        "except UniqueViolationError:\n    pass",
    ],
    "psycopg2-import": ["import asyncpg", "from app import psycopg2_like", "psycopg2 = None"],
    "query-execution": [
        "User.query.filter_by(id=1).all()",
        "[].count(1)",
        "all([])",
        "def f(rows):\n    return rows.first()",
    ],
    "request-body-without-await": [
        "async def f():\n    return (await request.form)['a']",
        "request.args['a']",
        "request.headers",
        "import requests\n\nrequests.get('http://localhost').json()",
        "def f(form):\n    return form.data",
    ],
    "response-helper-without-await": [
        "async def f():\n    return await make_response('x')",
        "def send_from(x): ...\n\nsend_from(1)",
        "class Api:\n    def make_response(self, x): ...\n\nApi().make_response(1)",
    ],
    "session-query": [
        "select(User)",
        "class Search:\n    def query(self, text): ...\n\nSearch().query('a')",
        "import requests\n\nsession = requests.Session()\nsession.query('x')",
        "def f(elastic):\n    return elastic.query('x')",
    ],
    "sync-view": [
        "@app.get('/')\nasync def f():\n    return ''",
        "def f():\n    return ''",
        "class Router:\n    def get(self, path): ...\n\n@Router().get('/')\ndef f(): ...",
    ],
    "template-without-await": [
        "async def f():\n    return await render_template('a.html')",
        "from mako import render_template as mako\n\nmako('a')",
        "def render_template(name): ...\n\nrender_template('a')",
    ],
    "thread-local": [
        "from contextvars import ContextVar\n\nvalue = ContextVar('value')",
        "def local(): ...\n\nlocal()",
        "import threading\n\nthreading.Lock()",
    ],
    "unawaited-session-commit": [
        "async def f():\n    await db.session.commit()",
        "class File:\n    def close(self): ...\n\nFile().close()",
        "import sqlite3\n\nsqlite3.connect('a').commit()",
        "def work(session):\n    session.commit()\n\nasync def f(s):\n    await s.run_sync(work)",
        "db.session.add(User())",
    ],
    "unawaited-session-delete": [
        "async def f(user):\n    await db.session.delete(user)",
        "import requests\n\nrequests.Session().delete('http://localhost')",
        "from flask import session\n\nsession.pop('a')",
        "{}.delete(1)",
    ],
    "unawaited-session-execute": [
        "async def f():\n    return await db.session.execute(select(User))",
        "import requests\n\nrequests.Session().get('http://localhost')",
        "from flask import session\n\nsession.get('user_id')",
        "{}.get(User)",
    ],
}

FOUND: dict[str, list[str]] = {
    "flask-sqlalchemy-helper": [
        "db.paginate(select(User))  # found",
        "def setup():\n    db.create_all()  # found",
        "from app import extensions\n\nextensions.db.get_or_404(User, 1)  # found",
    ],
    "flask-extension-other": ["import flask_mail  # found", "from flask_htmx import HTMX  # found"],
    "flask-extension-admin": [
        "import flask_admin  # found",
        "from flask_admin.deep import x  # found",
    ],
    "flask-extension-babel": [
        "import flask_babel  # found",
        "from flask_babel.deep import x  # found",
    ],
    "flask-extension-bcrypt": [
        "import flask_bcrypt  # found",
        "from flask_bcrypt.deep import x  # found",
    ],
    "flask-extension-compress": [
        "import flask_compress  # found",
        "from flask_compress.deep import x  # found",
    ],
    "flask-extension-cors": [
        "import flask_cors  # found",
        "from flask_cors.deep import x  # found",
    ],
    "flask-extension-jwt-extended": [
        "import flask_jwt_extended  # found",
        "from flask_jwt_extended.deep import x  # found",
    ],
    "flask-extension-limiter": [
        "import flask_limiter  # found",
        "from flask_limiter.deep import x  # found",
    ],
    "flask-extension-login": [
        "import flask_login  # found",
        "from flask_login.deep import x  # found",
    ],
    "flask-extension-migrate": [
        "import flask_migrate  # found",
        "from flask_migrate.deep import x  # found",
    ],
    "flask-extension-restful": [
        "import flask_restful  # found",
        "from flask_restful.deep import x  # found",
    ],
    "flask-extension-restx": [
        "import flask_restx  # found",
        "from flask_restx.deep import x  # found",
    ],
    "flask-extension-session": [
        "import flask_session  # found",
        "from flask_session.deep import x  # found",
    ],
    "flask-extension-smorest": [
        "import flask_smorest  # found",
        "from flask_smorest.deep import x  # found",
    ],
    "flask-extension-uploads": [
        "import flask_uploads  # found",
        "from flask_uploads.deep import x  # found",
    ],
    "flask-extension-wtf": ["import flask_wtf  # found", "from flask_wtf.deep import x  # found"],
    "flask-app": [
        "service = Flask('service')  # found",
        "class Service(Flask):  # found\n    pass\n\nService('a')",
    ],
    "sync-engine": [
        "import sqlalchemy as sa\n\nsa.create_engine('x')  # found",
        "from sqlalchemy.orm import Session, sessionmaker\n\nmake = sessionmaker()  # found\n"
        "Session()  # found\nmake()",
        "from sqlalchemy.orm import scoped_session\n\nscoped_session(None)  # found",
    ],
    "app-context-without-async-with": [
        "with app.app_context():  # found\n    pass",
        "def f(app):\n    with app.app_context():  # found\n        pass",
        "def create():\n    return Flask('a')\n\nwith create().test_request_context('/'):  # found\n"
        "    pass",
    ],
    "blocking-http-request": [
        "import requests as http\n\n@app.get('/')\ndef f():\n    return http.get('/').text  # found",
        "import requests\n\ndef rate():\n    with requests.Session() as s:\n"
        "        return s.get('/')  # found\n\n@app.get('/')\ndef f():\n    return rate()",
    ],
    "blocking-password-hash": [
        "from werkzeug.security import check_password_hash\n\n@app.get('/')\ndef f():\n"
        "    return check_password_hash('', '')  # found",
        "from werkzeug.security import check_password_hash\n\ndef matches():\n"
        "    return check_password_hash('', '')\n\n@app.get('/')\ndef f():\n"
        "    User.query.get(1)\n    return matches()  # found",
    ],
    "blocking-sleep": ["from time import sleep\n\n@app.get('/')\ndef f():\n    sleep(1)  # found"],
    "blocking-subprocess": [
        "import subprocess\n\n@app.get('/')\ndef f():\n    subprocess.run(['ls'])  # found"
    ],
    "call-becomes-await": [
        "def load():\n    return db.session.get(User, 1)\n\n@app.get('/')\ndef f():\n"
        "    return load()  # found",
        "class Users:\n    def load(self):\n        return User.query.all()\n\nusers = Users()\n\n"
        "def middle():\n    return users.load()  # found\n\n@app.get('/')\ndef f():\n"
        "    return middle()  # found",
    ],
    "dynamic-relationship": [
        "rel = db.relationship('Post', lazy='dynamic')  # found",
        "rel = db.relationship('Post', backref=db.backref('user', lazy='dynamic'))  # found",
    ],
    "flash-without-await": ["flash('x')  # found", "import flask\n\nflask.flash('x')  # found"],
    "flask-import": ["import flask  # found", "from flask.views import MethodView  # found"],
    "flask-sqlalchemy-db": ["from flask_sqlalchemy import SQLAlchemy\n\nx = SQLAlchemy()  # found"],
    "flask-sqlalchemy-model": [
        "class Tag(db.Model):  # found\n    pass",
        "class Base(db.Model):  # found\n    __abstract__ = True\n\nclass Tag(Base):\n    pass",
    ],
    "flask-sqlalchemy-name": [
        "tags = db.Table('tags')  # found\ndb.paginate(select(User))\ndb.create_all()\n"
        "db.session.add(1)\nselect(User)",
        "db.session.scalars(\n    db.select(User)  # found\n    .where(User.id == 1)\n)",
    ],
    "function-becomes-async": [
        "def load(user_id):  # found\n    return User.query.get(user_id)\n\n"
        "def middle():  # found\n    return load(1)",
    ],
    "get-json-other-content-type": ["request.get_json()  # found"],
    "get-json-without-await": [
        "if request.get_json():  # found\n    pass",
        "import flask\n\nflask.request.get_json()  # found",
        "import quart\n\nquart.request.get_json()  # found",
    ],
    "lazy-relationship": [
        "user = User.query.get(1)\nprint(user.posts)  # found",
        "for post in Post.query.all():\n    print(post.author.name)  # found",
        "def f(user: User):\n    return len(user.posts)  # found",
    ],
    "naive-datetime": [
        "from datetime import datetime\n\nuser = User.query.get(1)\n"
        "user.created_at = datetime.utcnow()  # found",
        "from datetime import datetime as dt\n\nUser(created_at=dt.now())  # found",
        "import datetime\n\ncolumn = db.Column(\n    db.DateTime(timezone=True),\n"
        "    default=datetime.datetime.utcnow,  # found\n)",
        "from datetime import datetime\n\nUser.query.filter(User.created_at < datetime.now())  # found",
        "from datetime import UTC, datetime\n\n"
        "column = db.Column(db.DateTime, default=lambda: datetime.now(UTC))  # found",
    ],
    "operational-error-handler": [
        "from sqlalchemy import exc\n\ntry:\n    pass\nexcept exc.OperationalError:  # found\n    pass",
        "from sqlalchemy.exc import DataError\n\n@app.errorhandler(DataError)  # found\ndef f(e): ...",
        "from sqlalchemy.exc import InternalError\n\nisinstance(1, InternalError)  # found",
    ],
    "property-becomes-async": [
        "class A:\n    @property\n    def b(self):  # found\n        return User.query.count()",
        "class A:\n    def __len__(self):  # found\n        return User.query.count()",
    ],
    "psycopg2-exception": [
        "import psycopg2\n\ntry:\n    pass\nexcept psycopg2.Error:  # found\n    pass",
        "from psycopg2.errors import UniqueViolation\n\nisinstance(1, UniqueViolation)  # found",
    ],
    "psycopg2-import": ["from psycopg2.extras import Json  # found"],
    "query-execution": [
        "users = User.query\nusers = users.filter_by(id=1)\nprint(users.all())  # found",
        "def users():\n    return db.session.query(User)\n\nfor user in users():  # found\n    pass",
    ],
    "request-body-without-await": [
        "name = request.form['name']  # found",
        "def f():\n    return request.get_data()  # found",
        "import flask as f\n\nf.request.files  # found",
    ],
    "response-helper-without-await": [
        "make_response('x')  # found",
        "current_app.make_response('x')  # found",
        "send_file('x')  # found",
    ],
    "session-query": [
        "db.session.query(User).all()  # found",
        "def f(session):\n    session.commit()\n    return session.query(User)  # found",
        "from sqlalchemy.orm import Session\n\nclass Repository:\n"
        "    def __init__(self, session: Session):\n        self.session = session\n\n"
        "    def all(self):\n        return self.session.query(User)  # found",
        "from sqlalchemy.orm import sessionmaker\n\nSessionLocal = sessionmaker()\n\n"
        "def f():\n    with SessionLocal() as s:\n        return s.query(User)  # found",
        "def f(s):\n    return s.query(User)  # found\n\nf(db.session)",
    ],
    "sync-view": [
        "@app.route('/')\ndef f():  # found\n    return ''",
        "from flask import Blueprint\n\nbp = Blueprint('a', __name__)\n\n@bp.before_request\n"
        "def f():  # found\n    return None",
        "from flask.views import MethodView\n\nclass V(MethodView):\n"
        "    def get(self):  # found\n        return ''",
        "def f():  # found\n    return ''\n\napp.add_url_rule('/', view_func=f)",
    ],
    "template-without-await": ["render_template('a.html')  # found"],
    "thread-local": [
        "import threading\n\nstate = threading.local()  # found",
        "from threading import local\n\nclass State(local):  # found\n    pass",
    ],
    "unawaited-session-commit": [
        "db.session.commit()  # found",
        "from sqlalchemy.ext.asyncio import AsyncSession\n\nasync def f(session: AsyncSession):\n"
        "    session.commit()  # found",
    ],
    "unawaited-session-delete": [
        "user = User.query.get(1)\ndb.session.delete(user)  # found",
        "def f(session, user):\n    session.delete(user)  # found\n    session.commit()",
    ],
    "unawaited-session-execute": [
        "user = db.session.get(User, 1)  # found",
        "db.session.execute(select(User))  # found",
    ],
}

CLIENT = """
import pytest

from app.views import app


@pytest.fixture
def client():
    return app.test_client()

"""
IN_TESTS: dict[str, list[str]] = {
    "test-response-body": [
        "def test_it(client):\n    response = client.get('/')\n    assert response.json == 1  # found",
        "def test_it(client):\n    assert client.get('/').get_data() == b''  # found",
    ],
    "sync-test": ["def test_it(client):  # found\n    assert client.get('/')"],
    "test-client-form-data": [
        "def test_it(client):\n    client.post('/', data={'a': 1})  # found",
        "def test_it(client):\n    client.post('/', data=dict(a=1))  # found",
    ],
    "test-client-without-await": [
        "def test_it(client):\n    assert client.get('/')  # found",
        "def test_it():\n    with app.test_client() as c:\n        c.post('/')  # found",
        "import unittest\n\nclass T(unittest.TestCase):\n    def setUp(self):\n"
        "        self.client = app.test_client()\n\n    def test_it(self):\n"
        "        self.client.get('/')  # found",
    ],
}
NOT_IN_TESTS: dict[str, list[str]] = {
    "test-response-body": [
        "def test_it(client):\n    assert client.get('/').status_code == 200",
        "import requests\n\ndef test_it():\n    assert requests.get('/').json()",
        "def test_it(form):\n    assert form.data",
    ],
    "sync-test": [
        "def test_it():\n    assert 1",
        "async def test_it(client):\n    await client.get('/')",
    ],
    "test-client-form-data": [
        "def test_it(client):\n    client.post('/', data='raw')",
        "def test_it(client):\n    client.post('/', json={'a': 1})",
        "import requests\n\ndef test_it():\n    requests.post('/', data={'a': 1})",
    ],
    "test-client-without-await": [
        "async def test_it(client):\n    await client.get('/')",
        "def test_it():\n    assert {}.get('/') is None",
        "import requests\n\ndef test_it():\n    requests.get('/')",
    ],
}

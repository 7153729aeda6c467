"""Cases of the rules about what a coroutine is given to, and what holds up an event loop."""

NOTHING: dict[str, list[str]] = {
    "blocking-file": [
        "def job():\n    open('a').read()",
        "def open(name): ...\n\n@app.get('/')\ndef f():\n    open('a')\n    return ''",
        "class Door:\n    def open(self): ...\n\n@app.get('/')\ndef f():\n    Door().open()\n"
        "    return ''",
        "RULES = open('rules').read()\n\n@app.get('/')\ndef f():\n    return RULES",
    ],
    "cached-coroutine": [
        "from functools import lru_cache\n\n@lru_cache\ndef f(n):\n    return n + 1",
        "def cached(f):\n    return f\n\n@cached\ndef f():\n    return User.query.all()",
        "def f():\n    return User.query.all()",
    ],
    "command-becomes-async": [
        "@app.cli.command()\ndef f():\n    print(1)",
        "import asyncio\n\nasync def inner(): ...\n\n@app.cli.command()\ndef f():\n"
        "    asyncio.run(inner())",
        "def f():\n    db.session.commit()",
    ],
    "error-diagnostics": [
        "def f(error):\n    return error.orig.sqlstate",
        "def f(request):\n    return request.diag, request.cursor",
        "URL = 'postgresql+resilient_asyncpg://'\n\ndef f(error):\n    return error.orig.diag",
    ],
    "factory-session": [
        "class Meta:\n    model = User",
        "sqlalchemy_session = db.session",
        "class Settings:\n    sqlalchemy_session = db.session",
    ],
    "framework-subclass": [
        "class Request: ...\n\nclass Mine(Request): ...",
        "from werkzeug.datastructures import Headers\n\nclass Mine(Headers): ...",
        "import quart\n\nclass Mine(quart.Request): ...",
    ],
    "response-method-without-await": [
        "class Response:\n    def add_etag(self): ...\n\nResponse().add_etag()",
        "@app.after_request\nasync def f(response):\n    await response.add_etag()\n"
        "    response.status_code = 200\n    return response",
    ],
    "upload-save-without-await": [
        "def f(form):\n    form.save('a')",
        "@app.post('/')\nasync def f():\n    await (await request.files)['a'].save('b')\n"
        "    return ''",
        "class Picture:\n    def save(self, path): ...\n\ndef f():\n    picture = Picture()\n"
        "    picture.save('a')",
    ],
    "session-interface": [
        "from flask.sessions import SessionInterface\n\nclass S(SessionInterface):\n"
        "    async def open_session(self, app, request): ...",
        "from flask.sessions import SecureCookieSessionInterface\n\n"
        "class S(SecureCookieSessionInterface):\n    salt = 'shop'",
        "class Browser:\n    def open_session(self): ...",
    ],
    "signal-send": [
        "from blinker import Namespace\n\nplaced = Namespace().signal('placed')\n\n"
        "@placed.connect\ndef receive(sender):\n    print(sender)\n\nplaced.send(app)",
        "class Mail:\n    def connect(self, f): ...\n    def send(self, x): ...\n\nmail = Mail()\n\n"
        "@mail.connect\ndef receive(sender):\n    User.query.all()\n\nmail.send(app)",
        "from blinker import signal\n\nplaced = signal('placed')\nother = signal('other')\n\n"
        "@other.connect\ndef receive(sender):\n    User.query.all()\n\nplaced.send(app)",
    ],
    "task-session": [
        "def f():\n    db.session.commit()",
        "from celery import shared_task\n\n@shared_task\ndef f():\n    print(1)",
        "from celery import shared_task\n\ndef helper():\n    return 1\n\n@shared_task\ndef f():\n"
        "    helper()",
    ],
}

FOUND: dict[str, list[str]] = {
    "blocking-file": [
        "@app.get('/')\ndef f():\n    with open('a') as file:  # found\n        return file.read()",
        "from pathlib import Path\n\ndef read(name):\n    return Path(name).read_text()  # found\n\n"
        "@app.get('/')\ndef f():\n    return read('a')",
        "import shutil\nfrom functools import wraps\n\ndef kept(f):\n    @wraps(f)\n"
        "    def wrapper(*args):\n        shutil.copy('a', 'b')  # found\n        return f(*args)\n"
        "    return wrapper\n\n@app.get('/')\n@kept\ndef f():\n    return ''",
    ],
    "cached-coroutine": [
        "from functools import lru_cache\n\n@lru_cache  # found\ndef f(n):\n"
        "    return User.query.get(n)",
        "import functools\n\ndef inner(n):\n    return User.query.get(n)\n\n"
        "@functools.lru_cache(maxsize=9)  # found\ndef f(n):\n    return inner(n)",
        "from flask_caching import Cache\n\ncache = Cache()\n\n@app.get('/')\n"
        "@cache.cached(timeout=9)  # found\ndef f():\n    return str(User.query.count())",
    ],
    "command-becomes-async": [
        "@app.cli.command()\ndef f():  # found\n    db.session.commit()",
        "import click\n\n@click.command()\nasync def f():  # found\n    print(1)",
    ],
    "error-diagnostics": [
        "def f(error):\n    return error.orig.diag.constraint_name  # found",
        "def f(error):\n    return error.orig.pgerror  # found",
    ],
    "factory-session": [
        "from factory.alchemy import SQLAlchemyModelFactory\n\n"
        "class UserFactory(SQLAlchemyModelFactory):\n    class Meta:\n        model = User\n"
        "        sqlalchemy_session = db.session  # found",
    ],
    "framework-subclass": [
        "import flask\n\nclass Mine(flask.Request): ...  # found",
        "from flask import Response\n\nclass Mine(Response): ...  # found",
        "from flask.testing import FlaskClient\n\nclass Mine(FlaskClient): ...  # found",
    ],
    "response-method-without-await": [
        "@app.after_request\ndef f(response):\n    response.add_etag()  # found\n"
        "    return response",
        "from flask import jsonify\n\n@app.get('/')\ndef f():\n    response = jsonify(a=1)\n"
        "    if response.json:  # found\n        return response",
    ],
    "upload-save-without-await": [
        "@app.post('/')\ndef f():\n    request.files['a'].save('b')  # found\n    return ''",
        "@app.post('/')\ndef f():\n    upload = request.files.get('a')\n"
        "    upload.save('b')  # found\n    return ''",
        "@app.post('/')\ndef f():\n    for one in request.files.getlist('a'):\n"
        "        one.save('b')  # found\n    return ''",
    ],
    "session-interface": [
        "from flask.sessions import SessionInterface\n\nclass S(SessionInterface):\n"
        "    def open_session(self, app, request): ...  # found\n"
        "    def save_session(self, app, session, response): ...  # found",
    ],
    "signal-send": [
        "from blinker import Namespace\n\nplaced = Namespace().signal('placed')\n\n"
        "@placed.connect\ndef receive(sender):\n    User.query.all()\n\nplaced.send(app)  # found",
        "from blinker import signal\n\nplaced = signal('placed')\n\ndef receive(sender):\n"
        "    db.session.commit()\n\nplaced.connect(receive)\n\n@app.get('/')\ndef f():\n"
        "    placed.send(app)  # found\n    return ''",
    ],
    "task-session": [
        "from celery import shared_task\n\n@shared_task\ndef f():\n"
        "    db.session.commit()  # found",
        "from celery import Celery\n\ncelery = Celery()\n\ndef helper():\n"
        "    return User.query.count()\n\n@celery.task\ndef f():\n    helper()  # found\n\n"
        "@app.get('/')\ndef g():\n    return str(helper())",
    ],
}

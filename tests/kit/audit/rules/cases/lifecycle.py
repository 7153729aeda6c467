"""Cases of the rules about what lives longer than a statement: threads, bodies, clients, forms."""

NOTHING: dict[str, list[str]] = {
    "form-made-without-request": [
        "from flask_wtf import FlaskForm\n\nclass F(FlaskForm): ...\n\nF()",
        "from flask_wtf import FlaskForm\n\nclass F(FlaskForm): ...\n\n@app.get('/')\n"
        "def f():\n    F(formdata=None)\n    F({})",
        "class F: ...\n\n@app.get('/')\ndef f():\n    F()",
    ],
    "access-after-commit": [
        "def f():\n    user = User.query.get(1)\n    name = user.name\n    db.session.commit()\n"
        "    return name",
        "def f():\n    user = User.query.get(1)\n    db.session.commit()\n"
        "    db.session.refresh(user)\n    return user.name",
        "def f():\n    user = User.query.get(1)\n    db.session.commit()\n"
        "    user = User.query.get(2)\n    return user.name",
        "def f(key):\n    user = User.query.get(1)\n    if key:\n        db.session.commit()\n"
        "        return ''\n    return user.name",
        "def f():\n    user = User.query.get(1)\n    db.session.delete(user)\n"
        "    db.session.commit()\n    return user.name",
        "def f():\n    user = User.query.get(1)\n    db.session.commit()\n    return user.is_great()",
        "factory = dict(expire_on_commit=False)\n\ndef f():\n    user = User.query.get(1)\n"
        "    db.session.commit()\n    return user.name",
        "def f():\n    user = User.query.get(1)\n    db.session.commit()\n    user.name = ''",
    ],
    "blocking-client": [
        "import redis\n\nstore = redis.Redis()\n\ndef job():\n    store.get('a')",
        "import redis.asyncio\n\nstore = redis.asyncio.Redis()\n\n@app.get('/')\ndef f():\n"
        "    return store.get('a')",
        "from app.redis import Redis\n\n@app.get('/')\ndef f():\n    return Redis().get('a')",
        "import redis\n\n@app.get('/')\ndef f():\n    return str(redis.Redis())",
    ],
    "coroutine-as-thread-target": [
        "from threading import Thread\n\ndef work():\n    print(1)\n\nThread(target=work).start()",
        "class Thread: ...\n\ndef work():\n    db.session.commit()\n\nThread(target=work)",
        "from threading import Thread\n\nThread(target=print)",
        "def work():\n    db.session.commit()\n\nform.submit(work)",
    ],
    "event-listener": [
        "from sqlalchemy import Engine, event\n\n@event.listens_for(Engine, 'connect')\n"
        "def f(*a): ...",
        "from sqlalchemy import event\n\nevent.listen(User, 'after_insert', print)",
        "class event:\n    def listen(*a): ...\n\nevent.listen(db.engine, 'connect', print)",
        "from flask_sqlalchemy import SQLAlchemy",
    ],
    "form-validator-becomes-async": [
        "from flask_wtf import FlaskForm\n\nclass F(FlaskForm):\n"
        "    def validate_name(self, field):\n        assert field.data",
        "class F:\n    def validate_name(self, field):\n        User.query.get(1)",
        "from flask_wtf import FlaskForm\n\nclass F(FlaskForm):\n"
        "    def load(self, key):\n        User.query.get(1)",
        "def check(form, field):\n    assert form and field",
    ],
    "form-validation-without-await": [
        "from wtforms import Form\n\nclass F(Form): ...\n\nF().validate()",
        "class F:\n    def validate(self): ...\n\nF().validate()",
        "from flask_wtf import FlaskForm\n\nclass F(FlaskForm): ...\n\n@app.get('/')\n"
        "async def f():\n    await F().validate_on_submit()",
    ],
    "global-in-request": [
        "count = 0\n\ndef job():\n    global count\n    count += 1",
        "count = 0\n\n@app.get('/')\ndef f():\n    count = 1\n    return str(count)",
    ],
    "removed-flask-name": [
        "import os\n\nos.environ\nclient = None\nclient.get_cookie('a')",
        "from flask import request\n\nrequest.headers",
        "class Other:\n    json_encoder = 1\n\nOther().json_encoder",
        "app.json = None",
        "app.before_request(print)",
        "from flask import before_render",
    ],
    "streamed-response": [
        "from flask import Response\n\nResponse('a')\nResponse([b'a'])",
        "def rows():\n    return ['a']\n\nfrom flask import Response\n\nResponse(rows())",
        "class Response:\n    def __init__(self, x): ...\n\nResponse(x for x in [])",
    ],
}

FOUND: dict[str, list[str]] = {
    "form-made-without-request": [
        "from flask_wtf import FlaskForm\n\nclass F(FlaskForm): ...\n\ndef make():\n"
        "    return F(obj=1)  # found\n\n@app.get('/')\ndef f():\n    make()",
        "from flask.views import MethodView\nfrom flask_wtf import FlaskForm\n\n"
        "class F(FlaskForm): ...\n\nclass Base(MethodView):\n    form: FlaskForm = None\n\n"
        "    def get(self):\n        self.form()  # found\n\nclass View(Base):\n    form = F",
    ],
    "access-after-commit": [
        "def f():\n    user = User.query.get(1)\n    db.session.commit()\n"
        "    return {'a': user.name,  # found\n            'b': user.id}",
        "def f():\n    user = User(name='a')\n    db.session.add(user)\n    try:\n"
        "        db.session.commit()\n    except ValueError:\n        return ''\n"
        "    return user.name  # found",
        "factory = dict(expire_on_commit=False)\n\ndef f():\n    user = User.query.get(1)\n"
        "    db.session.rollback()\n    return user.name  # found",
        "def f():\n    user = User.query.get(1)\n    db.session.commit()\n"
        "    user = User.query.filter_by(id=user.id).one()  # found\n    return user.name",
    ],
    "blocking-client": [
        "import redis\n\nstore = redis.Redis.from_url('x')\n\n@app.get('/')\ndef f():\n"
        "    return str(store.incr('visits'))  # found",
        "from smtplib import SMTP\n\ndef send():\n    with SMTP('h') as server:\n"
        "        server.send_message('')  # found\n\n@app.post('/')\ndef f():\n    send()\n"
        "    return ''",
        "from flask_mail import Mail\n\nmail = Mail()\n\n@app.post('/')\ndef f():\n"
        "    mail.send('')  # found\n    return ''",
    ],
    "coroutine-as-thread-target": [
        "from threading import Thread\n\ndef work():\n    db.session.commit()\n\n"
        "Thread(target=work).start()  # found",
        "import threading\n\ndef work(app):\n    with app.app_context():\n        pass\n\n"
        "threading.Timer(1, work, [app]).start()  # found",
        "from concurrent.futures import ThreadPoolExecutor\n\npool = ThreadPoolExecutor()\n\n"
        "def inner():\n    return User.query.all()\n\ndef work():\n    return inner()\n\n"
        "pool.submit(work)  # found",
        "from apscheduler.schedulers.background import BackgroundScheduler\n\n"
        "s = BackgroundScheduler()\n\ndef work():\n    db.session.commit()\n\n"
        "s.add_job(work, 'interval', hours=1)  # found",
    ],
    "event-listener": [
        "from sqlalchemy import event\n\n@event.listens_for(db.engine, 'connect')  # found\n"
        "def f(*a): ...",
        "from sqlalchemy.event import listen\n\nlisten(db.session, 'before_commit', print)  # found",
        "from flask_sqlalchemy import models_committed  # found",
    ],
    "form-validator-becomes-async": [
        "from flask_wtf import FlaskForm\n\nclass Base(FlaskForm): ...\n\nclass F(Base):\n"
        "    def validate_name(self, field):  # found\n        User.query.get(1)",
        "class Unique:\n    def __call__(self, form, field):  # found\n        User.query.get(1)",
        "def exists(key):\n    return User.query.get(key)\n\n"
        "def unique(form, field):  # found\n    assert not exists(field.data)",
    ],
    "form-validation-without-await": [
        "from flask_wtf import FlaskForm\n\nclass Base(FlaskForm): ...\n\nclass Login(Base): ...\n\n"
        "@app.post('/')\ndef f():\n    form = Login()\n"
        "    if form.validate_on_submit():  # found\n        return ''",
    ],
    "global-in-request": [
        "count = 0\n\ndef add():\n    global count  # found\n    count += 1\n\n@app.get('/')\n"
        "def f():\n    add()\n    return ''",
    ],
    "removed-flask-name": [
        "app.json_encoder = None  # found",
        "@app.before_first_request  # found\ndef f(): ...",
        "from flask import _app_ctx_stack  # found",
        "from flask import request\n\nrequest.environ['a']  # found\nrequest.remote_user  # found",
        "from flask import make_response\n\nr = make_response('')\nr.call_on_close(print)  # found",
    ],
    "streamed-response": [
        "from flask import Response, stream_with_context\n\ndef rows():\n    yield 'a'\n\n"
        "@app.get('/')\ndef f():\n    return Response(stream_with_context(rows()))  # found",
        "from flask import Response\n\ndef rows():\n    yield 'a'\n\n"
        "@app.get('/')\ndef f():\n    return Response(rows(), mimetype='text/csv')  # found",
        "from flask import current_app\n\n@app.get('/')\ndef f():\n"
        "    return current_app.response_class(str(x) for x in range(9))  # found",
    ],
}

NOT_IN_TESTS: dict[str, list[str]] = {
    "unittest-test-case": [
        "import unittest\n\nclass T(unittest.TestCase):\n    def test_it(self):\n"
        "        self.assertEqual(1, 1)",
        "import unittest\n\nclass T(unittest.IsolatedAsyncioTestCase):\n    def setUp(self):\n"
        "        self.client = app.test_client()",
    ],
}
IN_TESTS: dict[str, list[str]] = {
    "unittest-test-case": [
        "import unittest\n\nclass T(unittest.TestCase):  # found\n    def setUp(self):\n"
        "        self.client = app.test_client()",
        "from unittest import TestCase\n\nclass T(TestCase):  # found\n    def test_it(self):\n"
        "        with app.app_context():\n            pass",
    ],
}

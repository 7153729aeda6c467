"""Cases of the rules about Flask itself, and what becomes async."""

NOTHING: dict[str, list[str]] = {
    "app-context-without-async-with": [
        "async def f():\n    async with app.app_context():\n        pass",
        "class Canvas:\n    def app_context(self): ...\n\nwith Canvas().app_context(): ...",
        "app.config.from_object(None)",
        "async def f():\n    context = app.app_context()\n    await context.push()",
        "from itsdangerous import session_transaction\n\nwith session_transaction(): ...",
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
    "flash-without-await": [
        "async def f():\n    await flash('x')",
        "from photo import flash as camera\n\ncamera('x')",
        "class Light:\n    def flash(self): ...\n\nLight().flash()",
    ],
    "function-becomes-async": [
        "import time\n\ndef wait():\n    time.sleep(1)\n\nwait()",
        "def pure(x):\n    return x + 1",
        "async def load(session):\n    return await db.session.get(User, 1)",
        "from celery import shared_task\n\n@shared_task\ndef nightly():\n    db.session.commit()",
    ],
    "get-json-other-content-type": [
        "request.get_json(silent=True)",
        "request.get_json(force=True)",
        "class Api:\n    def get_json(self): ...\n\nApi().get_json()",
        "async def f():\n    return await request.json",
        "import requests\n\nrequests.get('/').json()",
    ],
    "get-json-without-await": [
        "async def f():\n    return await request.get_json()",
        "class Api:\n    def get_json(self): ...\n\nApi().get_json()",
        "def f(response):\n    return response.get_json()",
    ],
    "property-becomes-async": [
        "class A:\n    @property\n    def b(self):\n        return 1",
        "class A:\n    def b(self):\n        return User.query.count()",
        "class A:\n    def __repr__(self):\n        return 'A'",
        "class A:\n    @property\n    def b(self):\n        return 1\n\ndef f():\n    return A().b",
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
}

FOUND: dict[str, list[str]] = {
    "flask-app": [
        "service = Flask('service')  # found",
        "class Service(Flask):  # found\n    pass\n\nService('a')",
    ],
    "app-context-without-async-with": [
        "with app.app_context():  # found\n    pass",
        "def f(app):\n    with app.app_context():  # found\n        pass",
        "def create():\n    return Flask('a')\n\nwith create().test_request_context('/'):  # found\n"
        "    pass",
        "context = app.app_context()\ncontext.push()  # found",
        "def test_it():\n    client = app.test_client()\n"
        "    with client.session_transaction():  # found\n        pass",
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
        "from functools import wraps\n\ndef committed(f):\n    @wraps(f)\n"
        "    def wrapper(*args):\n        f(*args)  # found\n        db.session.commit()\n"
        "    return wrapper\n\n@committed\ndef save(user):\n    db.session.add(user)\n\n"
        "@app.get('/')\ndef f():\n    save(User())  # found\n    return ''",
        "def load():\n    return db.session.get(User, 1)\n\n@app.get('/')\ndef f():\n"
        "    return load()  # found",
        "class Users:\n    def load(self):\n        return User.query.all()\n\nusers = Users()\n\n"
        "def middle():\n    return users.load()  # found\n\n@app.get('/')\ndef f():\n"
        "    return middle()  # found",
    ],
    "flash-without-await": ["flash('x')  # found", "import flask\n\nflask.flash('x')  # found"],
    "flask-import": ["import flask  # found", "from flask.views import MethodView  # found"],
    "function-becomes-async": [
        "def load(user_id):  # found\n    return User.query.get(user_id)\n\n"
        "def middle():  # found\n    return load(1)",
    ],
    "get-json-other-content-type": ["request.get_json()  # found", "request.json  # found"],
    "get-json-without-await": [
        "if request.get_json():  # found\n    pass",
        "import flask\n\nflask.request.get_json()  # found",
        "import quart\n\nquart.request.get_json()  # found",
    ],
    "property-becomes-async": [
        "class A:\n    @property\n    def b(self):  # found\n        return User.query.count()",
        "class A:\n    def __len__(self):  # found\n        return User.query.count()",
        "class A:\n    @property\n    def b(self):  # found\n        return User.query.count()\n\n"
        "def f():\n    return A().b  # found",
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
        "send_file(  # found\n    'x',\n    download_name='a',  # found\n    max_age=1,  # found\n)",
        "app.open_resource('x')  # found",
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
}

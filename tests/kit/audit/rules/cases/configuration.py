"""Cases of the rules about configuration and deployment, as far as it is Python."""

NOTHING: dict[str, list[str]] = {
    "database-url-driver": [
        "SQLALCHEMY_DATABASE_URI = 'postgresql+asyncpg://localhost/shop'",
        "SQLALCHEMY_DATABASE_URI = 'sqlite+aiosqlite://'",
        "import os\n\nSQLALCHEMY_DATABASE_URI = os.environ['DATABASE_URL']",
        "def f():\n    'postgresql://user@localhost/shop'",
        "import psycopg2\n\npsycopg2.connect('postgresql://localhost/shop')",
        "url = ''\nif url.startswith('postgresql://'):\n    pass",
        "CACHE = 'sqlite:///cache.db'",
        "def option(help): ...\n\noption(help='postgresql://user@host/database')",
        "from sqlalchemy import URL\n\nURL.create('postgresql+asyncpg', host='postgresql')",
        "class URL: ...\n\nURL.create('postgresql')",
        "'a'.replace('postgres', 'mysql')",
        "from sqlalchemy import make_url\n\ndef f(url):\n"
        "    return make_url(url.replace('postgres://', 'postgresql://')).set(drivername='x')",
    ],
    "libpq-parameter": [
        "options = {'sslmode': 'require'}",
        "connect_args = {'ssl': 'require', 'timeout': 5, 'server_settings': {'application_name': 'a'}}",
        "URL = 'https://localhost/?options=1'",
        "URL = 'postgresql+asyncpg://localhost/shop?ssl=require'",
        "URL = 'postgresql+resilient_asyncpg://localhost/shop?sslmode=require'\n"
        "connect_args = {'sslmode': 'require'}",
        "dict(connect_timeout=1)",
        "PATH = '/search'\nPATH += '?options=1&replication=2'",
    ],
    "engine-option": [
        "SQLALCHEMY_ENGINE_OPTIONS = {'pool_pre_ping': True, 'pool_recycle': 300}",
        "from sqlalchemy.pool import NullPool\n\nSQLALCHEMY_ENGINE_OPTIONS = {'poolclass': NullPool}",
        "from sqlalchemy import AsyncAdaptedQueuePool, create_engine\n\n"
        "create_engine('x', poolclass=AsyncAdaptedQueuePool)",
        "def create_engine(creator): ...\n\ncreate_engine(creator=1)",
        "options = {'creator': 1}",
    ],
    "flask-sqlalchemy-setting": [
        "class Settings:\n    SQLALCHEMY_ENGINE_OPTIONS: dict = {'pool_pre_ping': True}",
        "print(app.config['SQLALCHEMY_ECHO'])",
        "ECHO = True",
    ],
    "changed-default": [
        "send_file('a.txt', max_age=60)",
        "app.config['SEND_FILE_MAX_AGE_DEFAULT'] = 60\nsend_file('a.txt')",
        "app.config['MAX_CONTENT_LENGTH'] = 1000\nrequest.files['a']",
        "class Archive:\n    files = []\n\nArchive().files",
        "def send_from_directory(x): ...\n\nsend_from_directory('a')",
    ],
    "wsgi-middleware": [
        "app.asgi_app = str(app.asgi_app)",
        "class Middleware:\n    async def __call__(self, scope, receive, send): ...",
        "def environment(environ): ...",
        "class ProxyFix: ...\n\nProxyFix()",
        "class Server:\n    wsgi_app = None\n\nprint(Server().wsgi_app)",
    ],
    "green-threads": [
        "from app import gevent_like",
        "worker_class = 'gthread'",
        "class Unit:\n    def spawn(self): ...\n\nUnit().spawn()",
    ],
    "app-run-argument": [
        "app.run(host='0.0.0.0', port=80, debug=True, use_reloader=False)",
        "import subprocess\n\nsubprocess.run([], check=True)",
        "import asyncio\n\nasyncio.run(None, debug=True)",
    ],
    "stack-requirement": [
        "from setuptools import setup\n\nsetup(name='flask', install_requires=['flaskless', 'quart'])",
        "setup = dict(install_requires=['sqlalchemy[asyncio]>=2'])",
    ],
    "flask-environment-variable": [
        "app.config.from_prefixed_env('FLASK')",
        "app.config.from_prefixed_env(prefix='SHOP')",
        "import os\n\nos.environ['FLASK_CONFIG']",
    ],
}

FOUND: dict[str, list[str]] = {
    "database-url-driver": [
        "SQLALCHEMY_DATABASE_URI = 'postgresql://localhost/shop'  # found",
        "import os\n\nclass Config:\n    SQLALCHEMY_DATABASE_URI = os.environ.get(\n"
        "        'DATABASE_URL', 'postgresql+psycopg2://localhost/shop'  # found\n    )",
        "def url(name):\n    return f'postgres://localhost/{name}'  # found",
        "def url(name):\n    return 'postgresql://' + name  # found",
        "import os\n\nURL = os.environ['DATABASE_URL'].replace('postgres://', 'postgresql://', 1)  # found",
        "app.config['SQLALCHEMY_DATABASE_URI'] = 'sqlite://'  # found",
        "app.config.update(SQLALCHEMY_DATABASE_URI='mysql+pymysql://localhost/shop')  # found",
        "from sqlalchemy import create_engine\n\ncreate_engine('sqlite:///shop.db')  # found",
        "DRIVER = 'postgresql+psycopg2'  # found",
        "from sqlalchemy import URL\n\nURL.create('postgresql', host='h')  # found",
        "from sqlalchemy.engine import url\n\nurl.URL.create(drivername='postgres')  # found",
    ],
    "libpq-parameter": [
        "from sqlalchemy import create_engine\n\n"
        "create_engine('x', connect_args={'sslmode': 'require', 'timeout': 1})  # found",
        "SQLALCHEMY_ENGINE_OPTIONS = {\n    'pool_pre_ping': True,\n    'connect_args': {\n"
        "        'keepalives': 1,  # found\n        'connect_timeout': 5,  # found\n    },\n}",
        "CONNECT_ARGS = dict(options='-c statement_timeout=5s')  # found",
        "URL = 'postgresql://localhost/shop?sslmode=require'  # found",
        "import os\n\nURL = os.environ['DATABASE_URL'] + '?sslmode=require'  # found",
    ],
    "engine-option": [
        "SQLALCHEMY_ENGINE_OPTIONS = {\n    'pool_pre_ping': True,\n"
        "    'executemany_mode': 'values_only',  # found\n}",
        "app.config['SQLALCHEMY_ENGINE_OPTIONS'] = {'use_native_hstore': False}  # found",
        "app.config.from_mapping(SQLALCHEMY_ENGINE_OPTIONS={'client_encoding': 'utf8'})  # found",
        "from sqlalchemy import create_engine\n\ncreate_engine('x', creator=print)  # found",
        "from sqlalchemy.pool import QueuePool\n\nSQLALCHEMY_ENGINE_OPTIONS = dict(\n"
        "    poolclass=QueuePool,  # found\n)",
        "from sqlalchemy import pool\n\nfrom flask_sqlalchemy import SQLAlchemy\n\n"
        "x = SQLAlchemy(engine_options={'poolclass': pool.SingletonThreadPool})  # found",
        "from sqlalchemy.pool import NullPool\n\nSQLALCHEMY_ENGINE_OPTIONS = {\n"
        "    'poolclass': NullPool,\n    'pool_pre_ping': True,  # found\n}",
    ],
    "flask-sqlalchemy-setting": [
        "class Config:\n    SQLALCHEMY_TRACK_MODIFICATIONS = False  # found\n"
        "    SQLALCHEMY_BINDS = {'users': 'x'}  # found",
        "app.config['SQLALCHEMY_ECHO'] = True  # found",
        "SQLALCHEMY_ENGINE_OPTIONS = {'pool_pre_ping': True}  # found",
        "app.config.update(\n    SQLALCHEMY_POOL_SIZE=5,  # found\n)",
        "app.config.from_mapping({'SQLALCHEMY_COMMIT_ON_TEARDOWN': True})  # found",
        "app.config.setdefault('SQLALCHEMY_RECORD_QUERIES', True)  # found",
    ],
    "changed-default": [
        "def upload():\n    return request.files['a'], request.files['b']  # found\n\n"
        "def again():\n    return request.files['c']",
        "def download():\n    return send_file('a.txt', as_attachment=True)  # found",
        "other = Flask('other')  # found\nbare = Flask('bare', static_folder=None)\n"
        "app = None\n\ndef show():\n    return render_template('a.html')",
    ],
    "wsgi-middleware": [
        "from werkzeug.middleware.proxy_fix import ProxyFix\n\n"
        "app.wsgi_app = ProxyFix(app.wsgi_app)  # found",
        "from werkzeug.wsgi import DispatcherMiddleware\n\n"
        "application = DispatcherMiddleware(app, {})  # found",
        "class Middleware:\n    def __call__(self, environ, start_response):  # found\n"
        "        def start(environ, start_response): ...",
        "def test_it():\n    assert app.wsgi_app.a == 1  # found\n    assert app.wsgi_app.b == 1",
    ],
    "green-threads": [
        "from gevent import monkey  # found\n\nmonkey.patch_all()  # found",
        "import eventlet  # found\n\neventlet.monkey_patch()  # found",
        "worker_class = 'geventwebsocket.gunicorn.workers.GeventWebSocketWorker'\n"
        "if True:\n    worker_class = 'gevent'  # found",
    ],
    "app-run-argument": [
        "app.run(debug=True, threaded=True)  # found",
        "def main():\n    app.run(\n        ssl_context='adhoc',  # found\n    )",
    ],
    "stack-requirement": [
        "from setuptools import setup\n\nsetup(\n    install_requires=[\n        'Flask>=2',  # found\n"
        "        'flask_sqlalchemy',  # found\n        'SQLAlchemy[mypy]>=2',  # found\n    ],\n)",
    ],
    "flask-environment-variable": ["app.config.from_prefixed_env()  # found"],
}

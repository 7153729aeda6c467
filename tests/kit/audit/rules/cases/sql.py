"""Cases of the rules about SQL and about values for the driver."""

TEXT = "from sqlalchemy import bindparam, func, text\n\n"

NOTHING: dict[str, list[str]] = {
    "parameter-as-sql-text": [
        TEXT + "db.session.execute(text('SELECT 1 FROM post WHERE id = ANY(:ids)'))",
        TEXT + "text('SELECT 1 FROM post WHERE id IN (:first, :second)')",
        TEXT + "text('SELECT 1 WHERE id IN :ids').bindparams(bindparam('ids', expanding=True))",
        TEXT
        + "ids = bindparam('ids', expanding=True)\ntext('SELECT 1 WHERE 1 = 1').bindparams(ids)",
        TEXT + "text('UPDATE post SET title = :title, user_id = :user')",
        TEXT + "text(\"SELECT interval '1 day' * :days, '-- IN :ids'\")",
        TEXT + "text('INSERT INTO post VALUES (:id, :title)')",
        TEXT + "text('SELECT made AS date, id FROM post WHERE date = :date')",
        TEXT + "text('SELECT 1 -- id IN :ids')",
        "def text(x): ...\n\ntext('id IN :ids')",
        "print('id IN :ids')",
    ],
    "untyped-parameter": [
        TEXT + "text('SELECT 1 FROM post WHERE user_id = :p OR :p IS NULL')",
        TEXT + "text('SELECT 1 WHERE CAST(:p AS integer) IS NULL OR user_id = :p')",
        TEXT + "text('SELECT 1 WHERE title IS NULL OR title = :p')",
        TEXT + "text('SELECT 1 WHERE :p IS NULL').bindparams(bindparam('p', type_=db.Integer))",
        TEXT + "text(\"SELECT concat(title, 'a') FROM post WHERE title = :p\")",
        TEXT + "text(\"SELECT 1 FROM post WHERE title LIKE '%' || :p || '%'\")",
        TEXT + "text('SELECT json_build_object(CAST(:p AS text), 1)')",
        TEXT + "text('SELECT title::text IS NULL')",
    ],
    "several-statements": [
        TEXT + "text('SELECT 1;')",
        TEXT + "text('SELECT 1; -- done')",
        TEXT + "text(\"SELECT ';' || 'a;b'\")",
        TEXT + "text('DO $$ BEGIN PERFORM 1; PERFORM 2; END $$')",
        TEXT + "text('DO $a$ BEGIN PERFORM 1; END $a$')",
        "class Shell:\n    def execute(self, x): ...\n\nShell().execute('ls; ls')",
        "import sqlite3\n\nsqlite3.connect('x').execute('SELECT 1; SELECT 2')",
    ],
    "psycopg2-placeholder": [
        "def f(connection):\n    connection.exec_driver_sql('SELECT 1')",
        "def f(connection):\n    connection.exec_driver_sql('SELECT $1', (1,))",
        "def f(connection):\n    connection.exec_driver_sql(\"SELECT 'a' LIKE '%%s'\")",
        "print('%s' % 1)",
        "import sqlite3\n\ndef f():\n    cursor = sqlite3.connect('x').cursor()\n"
        "    cursor.execute('SELECT %s', (1,))",
        "def f(connection):\n    cursor = connection.cursor()\n    cursor.execute('SELECT %s', (1,))",
        "from sqlalchemy import event\n\n@event.listens_for(db.engine, 'connect')\n"
        "def f(connection, record):\n    connection.cursor().execute('SET a = 1')",
    ],
    "sql-without-text": [
        TEXT + "db.session.execute(text('SELECT 1'))",
        "db.session.execute(select(User))",
        "import sqlite3\n\nsqlite3.connect('x').execute('SELECT 1')",
        "def f(cursor):\n    cursor.execute('SELECT 1')",
        "with db.engine.begin() as connection:\n    connection.execute(select(User))",
    ],
    "raw-cursor": [
        "import sqlite3\n\nsqlite3.connect('x').cursor()",
        "class Pool:\n    def raw_connection(self): ...\n\nPool().raw_connection()",
        "def f(shelf):\n    shelf.copy_from('a')\n    shelf.connection.cursor()",
        "def f(security):\n    security.copy_from('a')",
        "from app.tools import execute_values\n\nexecute_values(1)",
        "from sqlalchemy.ext.asyncio import create_async_engine\n\n"
        "async def f():\n    return await create_async_engine('x').raw_connection()",
    ],
    "repeated-expression": [
        TEXT + "day = func.date_trunc('day', User.created_at).label('day')\n"
        "select(day, func.count()).group_by(day)",
        TEXT + "select(User.name, func.count()).group_by(User.name)",
        TEXT + "select(func.lower(User.name), func.count()).group_by(func.lower(User.name))",
        "from sqlalchemy import extract\n\n"
        "select(extract('year', User.created_at)).group_by(extract('year', User.created_at))",
        TEXT + "select(func.date_trunc('day', User.created_at)).group_by("
        "func.date_trunc('month', User.created_at))",
        TEXT + "select(func.left(User.name, 1)).order_by(func.left(User.name, 1))",
        TEXT + "select(User).group_by(func.left(User.name, 1))",
    ],
    "value-of-another-type": [
        "User.query.filter_by(id=1, name='a')",
        "User.query.filter(User.id == 1, User.name == '1')",
        "select(User).where(User.id == int(request.args['id']))",
        "select(User).where(User.id == request.args.get('id', type=int))",
        "select(User).where(User.id.in_(request.form.getlist('id', type=int)))",
        "@app.route('/users/<int:user_id>')\ndef show(user_id):\n    return User.query.get(user_id)",
        "@app.route('/users/<uuid:user_id>')\ndef show(user_id):\n    return User.query.get(user_id)",
        "@app.route('/users/<user_id>')\ndef show(user_id):\n    user_id = int(user_id)\n"
        "    return User.query.get(user_id)",
        "@app.route('/users/<name>')\ndef show(name):\n    return User.query.filter_by(name=name)",
        "def show(user_id):\n    return User.query.get(user_id)",
        "from sqlalchemy import update\n\nupdate(User).values(name='7', id=1)",
        "class Form:\n    def values(self, **given): ...\n\nForm().values(name=7)\n{}.update(name=7)",
        "from flask.views import MethodView\n\nclass Show(MethodView):\n    def get(self, user_id):\n"
        "        return User.query.get(user_id)\n\n"
        "app.add_url_rule('/a/<int:user_id>', view_func=Show.as_view('show'))\n"
        "app.add_url_rule('/b/<user_id>', view_func=print)",
        "User(id=1, name='a')",
        "def f(wanted):\n    found = request.args['id']\n    if wanted:\n        found = 1\n"
        "    return select(User).filter_by(id=found)",
        "from sqlalchemy.orm import Mapped, mapped_column\n\nfrom app.types import Size\n\n"
        "class Tag(db.Model):\n    size: Mapped[int] = mapped_column(Size)\n\nTag.size == '1'",
        "User(name=str(1))",
        "user = User()\nuser.nickname = 7",
        "class Tag(db.Model):\n    size = db.Column(db.Integer)\n\n    def __init__(self, size):\n"
        "        self.size = int(size)\n\nTag(size='1')",
        TEXT + "db.session.execute(text('SELECT 1 WHERE :at'), {'at': 'noon', 'name': '2026'})",
        "{}.execute('x', {'at': '2026-01-31'})",
        "from app.types import Size\n\nclass Tag(db.Model):\n    size = db.Column(Size)\n\nTag.size == '1'",
        TEXT + "func.coalesce(User.id, 0)\nfunc.coalesce(User.name, '')",
        "class Other:\n    id = 1\n\nOther.id == '1'\n{}.get('1')",
        "User.id.desc() == 'x'\nuser = User()\nuser.id == 'x'",
        "import datetime\n\nUser.query.filter(User.created_at > datetime.datetime(2026, 1, 31))",
    ],
}

FOUND: dict[str, list[str]] = {
    "parameter-as-sql-text": [
        TEXT + "db.session.execute(\n    text('SELECT 1 FROM post WHERE id IN :ids'),  # found\n"
        "    {'ids': (1, 2)},\n)",
        TEXT + "SQL = '''\n    DELETE FROM post\n    WHERE id NOT IN :ids\n'''\n\n"
        "def f():\n    return text(SQL)  # found",
        TEXT + "text('SET LOCAL statement_timeout = :limit')  # found",
        TEXT + "def f(name):\n    return text(f'SET LOCAL {name} TO :value')  # found",
        TEXT + "text('SELECT now() - interval :age')  # found",
        "import sqlalchemy as sa\n\nsa.text('NOTIFY news, :payload')  # found",
        "db.text('ALTER ROLE a PASSWORD :password')  # found",
        "db.session.execute('SELECT 1 FROM post WHERE id IN :ids')  # found",
    ],
    "untyped-parameter": [
        TEXT + "text('SELECT 1 FROM post WHERE :p IS NULL OR user_id = :p')  # found",
        TEXT + "text('SELECT 1 FROM post WHERE (:p IS NOT NULL AND user_id = 1)')  # found",
        TEXT + "text(\"SELECT 1 FROM post WHERE title LIKE concat('%', :p, '%')\")  # found",
        TEXT + "text(\"SELECT jsonb_build_object('a', :p)\")  # found",
        TEXT + "text('SELECT unnest(:ids)')  # found",
    ],
    "several-statements": [
        TEXT + "text('CREATE EXTENSION a; CREATE EXTENSION b')  # found",
        TEXT + "with db.engine.connect() as connection:\n"
        "    connection.exec_driver_sql('SELECT 1; SELECT 2')  # found",
        "from alembic import op\n\ndef upgrade():\n    op.execute('UPDATE a SET b = 1; DROP TABLE c;')  # found",
    ],
    "psycopg2-placeholder": [
        "def f(connection):\n    connection.exec_driver_sql('SELECT %s', (1,))  # found",
        "SQL = 'SELECT %(a)s'\n\ndef f(connection):\n    connection.exec_driver_sql(SQL, {'a': 1})  # found",
        "from sqlalchemy import event\n\n@event.listens_for(db.engine, 'checkout')\n"
        "def f(connection, record, proxy):\n    cursor = connection.cursor()\n"
        "    cursor.execute('SET statement_timeout = %s', (1,))  # found",
        "def f():\n    raw = db.engine.raw_connection()\n    with raw.cursor() as cursor:\n"
        "        cursor.execute('SELECT %s', (1,))  # found",
    ],
    "sql-without-text": [
        "db.session.execute('SELECT 1')  # found",
        "SQL = 'SELECT 1'\nwith db.engine.connect() as connection:\n    connection.execute(SQL)  # found",
        "db.session.scalar(f'SELECT {1}')  # found",
        "db.engine.execute(select(User))  # found",
    ],
    "raw-cursor": [
        "db.engine.raw_connection()  # found",
        "import sqlalchemy\n\nengine = sqlalchemy.create_engine('x')\n"
        "raw = engine.raw_connection()  # found",
        "db.session.connection().connection.cursor()  # found",
        "def f(cursor, file):\n    cursor.copy_expert('COPY post FROM STDIN', file)  # found",
        "from psycopg2 import extras\n\ndef f(cursor, rows):\n"
        "    extras.execute_values(cursor, 'INSERT INTO post VALUES %s', rows)  # found",
    ],
    "repeated-expression": [
        TEXT + "select(func.date_trunc('day', User.created_at), func.count()).group_by(\n"
        "    func.date_trunc('day', User.created_at)  # found\n)",
        TEXT + "db.session.query(func.left(User.name, 1).label('initial')).filter().group_by(\n"
        "    func.left(User.name, 1)  # found\n)",
        "select(User.id % 10).group_by(User.id % 10)  # found",
        "select(User.id > 10).group_by(User.id > 10)  # found",
        TEXT + "select(func.left(User.name, 1)).distinct().order_by(\n"
        "    func.left(User.name, 1).desc()  # found\n)",
        TEXT
        + "select(func.left(User.name, 1)).order_by(\n    func.left(User.name, 1)  # found\n).distinct()",
    ],
    "value-of-another-type": [
        "User.query.filter(User.id == '1')  # found",
        "select(User).where('1' == User.id)  # found",
        "select(User).where(User.id.in_(['1', '2']))  # found",
        "select(User).where(User.created_at.between('2026-01-01', '2026-01-31'))  # found",
        "User.query.filter_by(id=request.args.get('id'))  # found",
        "def f():\n    wanted = request.form['id']\n    return select(User).filter_by(id=wanted)  # found",
        "select(User).where(User.id.in_(request.form.getlist('id')))  # found",
        "@app.route('/users/<user_id>')\ndef show(user_id):\n    return User.query.get(user_id)  # found",
        "@app.route('/users/<string:user_id>')\ndef show(user_id):\n"
        "    return db.session.get(User, user_id)  # found",
        "@app.route('/users/<user_id>')\ndef show(user_id):\n"
        "    return db.get_or_404(User, user_id)  # found",
        "from flask.views import MethodView\n\nclass Show(MethodView):\n    def get(self, user_id):\n"
        "        return User.query.get(user_id)  # found\n\n"
        "app.add_url_rule('/a/<user_id>', view_func=Show.as_view('show'))",
        "from flask_restx import Namespace, Resource\n\nspace = Namespace('a')\n\n"
        "@space.route('/<user_id>')\nclass Show(Resource):\n    def get(self, user_id):\n"
        "        return User.query.filter_by(id=user_id)  # found",
        "from flask_login import LoginManager\n\nlogin = LoginManager()\n\n@login.user_loader\n"
        "def load(user_id):\n    return User.query.get(user_id)  # found",
        "User(created_at='2026-01-31')  # found",
        "User(name=7)  # found",
        "user = User.query.get(1)\nuser.created_at = '2026-01-31'  # found",
        "from datetime import date\n\nuser = User.query.get(1)\n"
        "user.created_at = date.today().isoformat()  # found",
        TEXT + "func.coalesce(User.id, '0')  # found",
        "from sqlalchemy import update\n\nupdate(User).where(User.id == 1).values(name=7)  # found",
        "from sqlalchemy.dialects.postgresql import insert\n\n"
        "insert(User).values({'created_at': '2026-01-31'})  # found",
        "db.update(User).values(name=7)  # found",
        "User.query.filter_by(id=1).update({'created_at': '2026-01-31'})  # found",
        TEXT + "db.session.execute(\n    text('DELETE FROM post WHERE made < :at'),\n"
        "    {'at': '2026-01-31'},  # found\n)",
        TEXT + "def f(at):\n    query = text('SELECT 1 FROM post WHERE made < :at')\n"
        "    return db.session.scalar(query, {'at': at.isoformat()})  # found",
        "class Tag(db.Model):\n    size = db.Column(db.Integer)\n\n    def __init__(self, **given):\n"
        "        super().__init__(**given)\n\nTag(size='1')  # found",
        TEXT + "func.coalesce(func.sum(User.id), '0')  # found",
        TEXT + "select(User).where(func.date(User.created_at) == '2026-01-31')  # found",
        "from sqlalchemy import Interval, cast\n\ncast('1 day', Interval)  # found",
        "from sqlalchemy.orm import Mapped, mapped_column\n\nclass Tag(db.Model):\n"
        "    size: Mapped[int] = mapped_column()\n\nTag.size == '1'  # found",
    ],
}

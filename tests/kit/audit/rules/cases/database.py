"""Cases of the rules about models, sessions and the driver."""

NOTHING: dict[str, list[str]] = {
    "flask-sqlalchemy-helper": [
        "class Book:\n    def paginate(self): ...\n\nBook().paginate()",
        "User.query.get_or_404(1)",
        "db.session.get(User, 1)",
        "db.metadata.create_all(None)",
    ],
    "sync-engine": [
        "with db.session.no_autoflush:\n    pass",
        "async def f(make):\n    async with db.session.begin():\n        pass",
        "with open('a') as session:\n    session.read()",
        "from sqlalchemy.ext.asyncio import create_async_engine\n\ncreate_async_engine('x')",
        "def create_engine(x): ...\n\ncreate_engine('x')",
        "import requests\n\nrequests.Session()",
        "class Session: ...\n\nSession()",
        "def f():\n    connection = open('a')\n    with connection.begin():\n        pass",
        "async def f():\n    async with db.engine.begin() as c:\n        await c.execute(1)",
    ],
    "dynamic-relationship": [
        "rel = db.relationship('Post', lazy='selectin')",
        "rel = db.relationship('Post')",
        "import importlib\n\nmodule = dict(lazy='dynamic')",
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
        "from datetime import UTC, datetime, timedelta\n\nuser = User.query.get(1)\n"
        "user.created_at = datetime.now(UTC) - timedelta(days=1)\n"
        "user.created_at = datetime(2020, 1, 1, tzinfo=UTC)\n"
        "user.created_at = datetime.strptime('', '%Y-%m-%d%z')\n"
        "user.created_at = datetime.now(UTC).replace(microsecond=0)\n"
        "User.query.update({'created_at': datetime.now(UTC), 'name': datetime.utcnow()})",
    ],
    "operational-error-handler": [
        "from sqlalchemy.exc import DBAPIError, OperationalError\n\ntry:\n    pass\n"
        "except (OperationalError, DBAPIError, OSError):\n    pass",
        "class OperationalError(Exception): ...\n\ntry:\n    pass\nexcept OperationalError:\n    pass",
        "from sqlalchemy.exc import IntegrityError\n\ntry:\n    pass\nexcept IntegrityError:\n    pass",
        "from sqlalchemy.exc import DBAPIError, OperationalError\n\n"
        "LOST = (OperationalError, DBAPIError, OSError)\n\ntry:\n    pass\nexcept LOST:\n    pass",
        "from sqlalchemy.exc import OperationalError\n\nURL = 'postgresql+resilient_asyncpg://'\n"
        "try:\n    pass\nexcept OperationalError:\n    pass",
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
    "session-query": [
        "select(User)",
        "class Search:\n    def query(self, text): ...\n\nSearch().query('a')",
        "import requests\n\nsession = requests.Session()\nsession.query('x')",
        "def f(elastic):\n    return elastic.query('x')",
    ],
    "unawaited-session-commit": [
        "async def f():\n    await db.session.commit()",
        "class File:\n    def close(self): ...\n\nFile().close()",
        "import sqlite3\n\nsqlite3.connect('a').commit()",
        "from elsewhere import make\n\nsession = make()\nsession.close()",
        "from elsewhere import make\n\ndb = make()\ndb.commit()",
        "class Session:\n    def commit(self): ...\n\nsession = Session()\nsession.commit()",
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
    "sync-engine": [
        "from sqlalchemy.orm import sessionmaker\n\nmake = sessionmaker()  # found\n\n"
        "def f():\n    with make() as session:  # found\n        session.add(1)",
        "with db.session.begin_nested():  # found\n    pass",
        "import sqlalchemy as sa\n\nsa.create_engine('x')  # found",
        "from sqlalchemy.orm import Session, sessionmaker\n\nmake = sessionmaker()  # found\n"
        "Session()  # found\nmake()",
        "from sqlalchemy.orm import scoped_session\n\nscoped_session(None)  # found",
        "with db.engine.connect() as connection:  # found\n    connection.execute(1)  # found",
    ],
    "dynamic-relationship": [
        "rel = db.relationship('Post', lazy='dynamic')  # found",
        "rel = db.relationship('Post', backref=db.backref('user', lazy='dynamic'))  # found",
        "class Team(db.Model):\n    id = db.Column(db.Integer, primary_key=True)\n"
        "    users = db.relationship('User', lazy='dynamic')  # found\n\n"
        "def f():\n    Team.query.get(1).users.append(User())  # found",
    ],
    "flask-sqlalchemy-db": [
        "from flask_sqlalchemy import SQLAlchemy  # found\n\nx = SQLAlchemy()  # found\n\n"
        "class Own(SQLAlchemy): ...  # found",
    ],
    "flask-sqlalchemy-model": [
        "class Tag(db.Model):  # found\n    pass",
        "class Base(db.Model):  # found\n    __abstract__ = True\n\nclass Tag(Base):\n    pass",
    ],
    "flask-sqlalchemy-name": [
        "tags = db.Table('tags')  # found\ndb.paginate(select(User))\ndb.create_all()\n"
        "db.session.add(1)\nselect(User)",
        "db.session.scalars(\n    db.select(User)  # found\n    .where(User.id == 1)\n)",
    ],
    "lazy-relationship": [
        "user = User.query.get(1)\nprint(user.posts)  # found",
        "for post in Post.query.all():\n    print(post.author.name)  # found",
        "def f(user: User):\n    return len(user.posts)  # found",
    ],
    "naive-datetime": [
        "from datetime import datetime\n\nuser = User.query.get(1)\n"
        "user.created_at = datetime.utcnow()  # found",
        "from datetime import UTC, datetime\nfrom sqlalchemy.orm import Mapped, mapped_column\n\n"
        "class Note(db.Model):\n    id: Mapped[int] = mapped_column(primary_key=True)\n"
        "    made: Mapped[datetime] = mapped_column(default=lambda: datetime.now(UTC))  # found",
        "from datetime import UTC, datetime, timedelta\nfrom sqlalchemy.orm import Mapped\n\n"
        "class Note(db.Model):\n    made: Mapped[datetime | None]\n\n    def f(self):\n"
        "        now = datetime.now(UTC)\n        self.made = now + timedelta(days=1)  # found",
        "from datetime import datetime as dt\n\nUser(created_at=dt.now())  # found",
        "from datetime import datetime, timedelta\n\ndef f():\n"
        "    then = datetime.utcnow() - timedelta(days=1)\n"
        "    return User.query.filter(User.created_at < then)  # found",
        "from datetime import datetime\n\nuser = User.query.get(1)\n"
        "user.created_at = datetime(2020, 1, 1)  # found\n"
        "user.created_at = datetime.strptime('', '%Y-%m-%d')  # found\n"
        "user.created_at = datetime.utcnow().replace(microsecond=0)  # found",
        "from datetime import datetime\nfrom sqlalchemy import update\n\n"
        "update(User).where(User.id == 1).values(created_at=datetime.utcnow())  # found\n"
        "User.query.update({User.created_at: datetime.utcnow()})  # found",
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
        "from contextlib import suppress\nfrom sqlalchemy.exc import OperationalError\n\n"
        "with suppress(OperationalError):  # found\n    pass",
        "from sqlalchemy.exc import SQLAlchemyError\n\ntry:\n    pass\n"
        "except SQLAlchemyError:  # found\n    pass",
        "from sqlalchemy.exc import InterfaceError, OperationalError\n\n"
        "LOST = (OperationalError, InterfaceError)\n\ndef f():\n    try:\n        pass\n"
        "    except LOST:  # found\n        pass",
    ],
    "psycopg2-exception": [
        "import psycopg2\n\ntry:\n    pass\nexcept psycopg2.Error:  # found\n    pass",
        "from psycopg2.errors import UniqueViolation\n\nisinstance(1, UniqueViolation)  # found",
    ],
    "psycopg2-import": ["from psycopg2.extras import Json  # found"],
    "query-execution": [
        "def f(make):\n    query = make()\n    query = query.filter_by(id=1)\n"
        "    return query.all()  # found",
        "users = User.query\nusers = users.filter_by(id=1)\nprint(users.all())  # found",
        "def users():\n    return db.session.query(User)\n\nfor user in users():  # found\n    pass",
    ],
    "session-query": [
        "db.session.query(User).all()  # found",
        "db.session.bulk_save_objects([User()])  # found",
        "def f(session):\n    session.commit()\n    return session.query(User)  # found",
        "from sqlalchemy.orm import Session\n\nclass Repository:\n"
        "    def __init__(self, session: Session):\n        self.session = session\n\n"
        "    def all(self):\n        return self.session.query(User)  # found",
        "from sqlalchemy.orm import sessionmaker\n\nSessionLocal = sessionmaker()\n\n"
        "def f():\n    with SessionLocal() as s:\n        return s.query(User)  # found",
        "def f(s):\n    return s.query(User)  # found\n\nf(db.session)",
    ],
    "unawaited-session-commit": [
        "from elsewhere import make\n\nsession = make()\nsession.add(User())\nsession.close()  # found",
        "from elsewhere import db_session\n\ndef f():\n    db_session.commit()  # found",
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

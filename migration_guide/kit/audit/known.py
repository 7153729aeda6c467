"""What is known of the packages outside the tree: names, and what their calls give."""

from collections.abc import Mapping

THIRD_PARTY = frozenset(
    {
        "flask", "flask_sqlalchemy", "quart", "sqlalchemy", "psycopg2", "asyncpg", "werkzeug",
        "jinja2", "celery", "requests", "redis", "gunicorn", "hypercorn", "alembic", "pytest",
        "click", "wtforms", "marshmallow", "sqlmodel",
    }
)  # fmt: skip
"""Top-level names that are never modules of the tree, unless they lie at its root."""

FLASK = "flask.Flask"
BLUEPRINT = "flask.Blueprint"
REQUEST = "flask.Request"
RESPONSE = "flask.Response"
CLIENT = "flask.testing.FlaskClient"
CONTEXT = "flask.ctx.AppContext"
CLIENT_RESPONSE = "werkzeug.test.TestResponse"
CLI_GROUP = "flask.cli.AppGroup"
DB = "flask_sqlalchemy.SQLAlchemy"
MODEL = "flask_sqlalchemy.Model"
PAGINATION = "flask_sqlalchemy.Pagination"
ENGINE = "sqlalchemy.Engine"
CONNECTION = "sqlalchemy.Connection"
SESSION = "sqlalchemy.orm.Session"
SCOPED_SESSION = "sqlalchemy.orm.scoped_session"
SESSION_FACTORY = "sqlalchemy.orm.sessionmaker"
QUERY = "sqlalchemy.orm.Query"
MAPPER = "sqlalchemy.orm.Mapper"
SELECT = "sqlalchemy.Select"
RESULT = "sqlalchemy.Result"
SCALARS = "sqlalchemy.ScalarResult"
DECLARATIVE = "sqlalchemy.orm.DeclarativeBase"
ASYNC_SESSION = "sqlalchemy.ext.asyncio.AsyncSession"
ASYNC_ENGINE = "sqlalchemy.ext.asyncio.AsyncEngine"
ASYNC_CONNECTION = "sqlalchemy.ext.asyncio.AsyncConnection"

FORMS = ("flask_wtf.FlaskForm", "flask_wtf.Form", "flask_wtf.form.FlaskForm")
SESSIONS = frozenset({SESSION, SCOPED_SESSION})
ASYNC_SESSIONS = frozenset({ASYNC_SESSION, "sqlalchemy.ext.asyncio.async_scoped_session"})
DECLARATIVE_BASES = frozenset(
    {DECLARATIVE, "sqlalchemy.orm.DeclarativeBaseNoMeta", MODEL, "sqlmodel.SQLModel"}
)

CANONICAL: Mapping[str, str] = {
    "flask.app.Flask": FLASK,
    "apiflask.APIFlask": FLASK,
    "apiflask.app.APIFlask": FLASK,
    "flask_api.FlaskAPI": FLASK,
    "flask_openapi3.OpenAPI": FLASK,
    "canonicalwebteam.flask_base.app.FlaskBase": FLASK,
    "flask.blueprints.Blueprint": BLUEPRINT,
    "flask.wrappers.Request": REQUEST,
    "flask.wrappers.Response": RESPONSE,
    "flask.globals.request": "flask.request",
    "flask.globals.current_app": "flask.current_app",
    "flask.globals.g": "flask.g",
    "flask.globals.session": "flask.session",
    "flask.testing.Client": CLIENT,
    "webtest.TestApp": CLIENT,
    "webtest.app.TestApp": CLIENT,
    "flask_webtest.TestApp": CLIENT,
    "flask.ext.sqlalchemy.SQLAlchemy": DB,
    "alchemical.Alchemical": DB,
    "alchemical.flask.Alchemical": DB,
    "alchemical.Model": DECLARATIVE,
    "flask_sqlalchemy.extension.SQLAlchemy": DB,
    "flask_sqlalchemy_lite.SQLAlchemy": "flask_sqlalchemy_lite.SQLAlchemy",
    "flask_sqlalchemy.model.Model": MODEL,
    "flask_sqlalchemy.BaseQuery": QUERY,
    "flask_sqlalchemy.query.Query": QUERY,
    "flask_sqlalchemy.pagination.Pagination": PAGINATION,
    "flask_sqlalchemy.session.Session": SESSION,
    "flask_sqlalchemy.SignallingSession": SESSION,
    "sqlalchemy.engine.Engine": ENGINE,
    "sqlalchemy.engine.base.Engine": ENGINE,
    "sqlalchemy.engine.Connection": CONNECTION,
    "sqlalchemy.engine.create_engine": "sqlalchemy.create_engine",
    "sqlalchemy.engine.Result": RESULT,
    "sqlalchemy.orm.session.Session": SESSION,
    "sqlalchemy.orm.session.sessionmaker": SESSION_FACTORY,
    "sqlalchemy.orm.scoping.scoped_session": SCOPED_SESSION,
    "sqlalchemy.orm.query.Query": QUERY,
    "sqlalchemy.orm.decl_api.DeclarativeBase": DECLARATIVE,
    "sqlalchemy.ext.declarative.declarative_base": "sqlalchemy.orm.declarative_base",
    "sqlalchemy.ext.declarative.as_declarative": "sqlalchemy.orm.as_declarative",
    "sqlalchemy.sql.select": "sqlalchemy.select",
    "sqlalchemy.sql.expression.select": "sqlalchemy.select",
    "sqlalchemy.sql.text": "sqlalchemy.text",
    "sqlalchemy.sql.expression.text": "sqlalchemy.text",
    "sqlalchemy.sql.func": "sqlalchemy.func",
    "sqlalchemy.sql.expression.func": "sqlalchemy.func",
    "sqlmodel.Session": SESSION,
    "sqlmodel.select": "sqlalchemy.select",
    "sqlmodel.create_engine": "sqlalchemy.create_engine",
    "sqlalchemy.ext.asyncio.session.AsyncSession": ASYNC_SESSION,
    "werkzeug.contrib.fixers.ProxyFix": "werkzeug.middleware.proxy_fix.ProxyFix",
}
"""Other addresses of the same thing."""

OBJECTS: Mapping[str, str] = {
    "flask.request": REQUEST,
    "flask.current_app": FLASK,
    "flask.session": "flask.sessions.SessionMixin",
    "flask.g": "flask.ctx._AppCtxGlobals",
    "quart.request": "quart.Request",
    "quart.current_app": "quart.Quart",
    "quart.session": "quart.sessions.SessionMixin",
    "quart.g": "quart.ctx._AppCtxGlobals",
}
"""Names that are objects, and their classes."""

CALLS: Mapping[str, str] = {
    "sqlalchemy.create_engine": ENGINE,
    "sqlalchemy.engine_from_config": ENGINE,
    "sqlalchemy.ext.asyncio.create_async_engine": ASYNC_ENGINE,
    "sqlalchemy.ext.asyncio.async_sessionmaker": "sqlalchemy.ext.asyncio.async_sessionmaker",
    "sqlalchemy.orm.create_session": SESSION,
    "sqlalchemy.orm.object_session": SESSION,
    "sqlalchemy.select": SELECT,
    "sqlalchemy.insert": "sqlalchemy.Insert",
    "sqlalchemy.update": "sqlalchemy.Update",
    "sqlalchemy.delete": "sqlalchemy.Delete",
    "sqlalchemy.text": "sqlalchemy.TextClause",
    "sqlalchemy.inspect": "sqlalchemy.Inspector",
    "flask.make_response": RESPONSE,
    "flask.jsonify": RESPONSE,
    "flask.redirect": RESPONSE,
    "flask.send_file": RESPONSE,
    "flask.send_from_directory": RESPONSE,
    "datetime.datetime.now": "datetime.datetime",
    "datetime.datetime.utcnow": "datetime.datetime",
    "open": "io.TextIOWrapper",
    "blinker.signal": "blinker.NamedSignal",
}
"""What a call of such a name gives; of a class, the class itself."""

METHODS: Mapping[tuple[str, str], str] = {
    (FLASK, "test_client"): CLIENT,
    (FLASK, "app_context"): CONTEXT,
    (FLASK, "test_request_context"): CONTEXT,
    (FLASK, "cli"): CLI_GROUP,
    (BLUEPRINT, "cli"): CLI_GROUP,
    (FLASK, "make_response"): RESPONSE,
    (DB, "session"): SCOPED_SESSION,
    (DB, "engine"): ENGINE,
    (DB, "get_engine"): ENGINE,
    (DB, "create_session"): SESSION_FACTORY,
    (DB, "create_scoped_session"): SCOPED_SESSION,
    ("flask_sqlalchemy_lite.SQLAlchemy", "session"): SESSION,
    ("flask_sqlalchemy_lite.SQLAlchemy", "engine"): ENGINE,
    (ENGINE, "connect"): CONNECTION,
    (ENGINE, "begin"): CONNECTION,
    (ENGINE, "raw_connection"): "sqlalchemy.PoolProxiedConnection",
    (CONNECTION, "execute"): RESULT,
    (SESSION, "connection"): CONNECTION,
    (SESSION, "get_bind"): ENGINE,
    (SESSION, "bind"): ENGINE,
    (SESSION, "begin"): SESSION,
    (SESSION, "begin_nested"): SESSION,
    (SESSION, "no_autoflush"): SESSION,
    (SESSION_FACTORY, "begin"): SESSION,
    (SCOPED_SESSION, "registry"): SESSION_FACTORY,
    (ASYNC_ENGINE, "connect"): ASYNC_CONNECTION,
    (ASYNC_ENGINE, "begin"): ASYNC_CONNECTION,
    ("sqlalchemy.ext.asyncio.async_sessionmaker", "begin"): ASYNC_SESSION,
    ("sqlalchemy.ext.asyncio.async_sessionmaker", "__call__"): ASYNC_SESSION,
    (SESSION_FACTORY, "__call__"): SESSION,
    ("blinker.Namespace", "signal"): "blinker.NamedSignal",
    # Of a client's method that is kept, and called later.
    (CLIENT_RESPONSE, "__call__"): CLIENT_RESPONSE,
    (SCOPED_SESSION, "__call__"): SESSION,
    **{
        (CLIENT, verb): CLIENT_RESPONSE
        for verb in (
            "get",
            "post",
            "put",
            "patch",
            "delete",
            "head",
            "options",
            "open",
            "trace",
            "post_json",
            "put_json",
            "patch_json",
            "delete_json",
        )
    },
}
"""Attributes and method calls of known objects that give an object of a known class."""

QUERY_CHAIN = frozenset(
    {
        "add_columns", "correlate", "distinct", "enable_assertions", "enable_eagerloads",
        "except_", "execution_options", "filter", "filter_by", "from_self", "from_statement",
        "group_by", "having", "intersect", "join", "limit", "offset", "options", "order_by",
        "outerjoin", "params", "populate_existing", "prefix_with", "reset_joinpoint",
        "select_from", "slice", "union", "union_all", "where", "with_for_update",
        "with_hint", "with_loader_criteria", "with_lockmode", "yield_per", "autoflush",
        "join_from", "outerjoin_from", "select_entity_from", "tuples", "with_session",
    }
)  # fmt: skip
"""Methods of `Query` and `Select` that give another one."""

QUERY_ONE = frozenset(
    {"first", "one", "one_or_none", "get", "get_or_404", "first_or_404", "one_or_404"}
)
"""Methods of `Query` that ask the database and give one object."""

QUERY_ASKS = QUERY_ONE | {
    "all", "count", "delete", "exists", "paginate", "scalar", "update",
}  # fmt: skip
"""Those that ask the database; `exists` only builds, and is taken out again below."""

QUERY_TERMINALS = QUERY_ASKS - {"exists"}

SESSION_AWAITABLE = frozenset(
    {
        "commit", "connection", "delete", "execute", "flush", "get", "get_one", "invalidate",
        "merge", "refresh", "reset", "rollback", "scalar", "scalars", "close", "close_all",
        "remove",
    }
)  # fmt: skip
"""Methods of a session that AsyncSession has as coroutines, and `remove` of the scoped one.

Source: SQLAlchemy 2.1, "Asynchronous I/O", `AsyncSession` and `async_scoped_session`.
"""

ORM_NAMES = frozenset(
    {
        "relationship", "backref", "aliased", "joinedload", "selectinload", "subqueryload",
        "lazyload", "contains_eager", "defer", "deferred", "undefer", "load_only",
        "column_property",
        "synonym", "composite", "mapped_column", "Mapped", "validates", "Load", "raiseload",
        "noload", "with_polymorphic", "reconstructor", "dynamic_loader", "object_session",
        "foreign", "remote", "with_parent", "attributes", "exc", "make_transient",
    }
)  # fmt: skip
"""Names that Flask-SQLAlchemy's object shows of `sqlalchemy.orm`; the others are `sqlalchemy`'s."""


DATABASE_NAMES = frozenset({"db", "_db", "database"})
"""Of Flask-SQLAlchemy's object, where nothing else tells what a name stands for."""


def canonical(name: str) -> str:
    return CANONICAL.get(name, name)

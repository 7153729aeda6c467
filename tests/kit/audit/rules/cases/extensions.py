"""Cases of the rules about extensions of Flask."""

NOTHING: dict[str, list[str]] = {
    "authenticated-without-await": [
        "from flask_login import current_user\n\ncurrent_user.name",
        "class current_user:\n    is_authenticated = True\n\ncurrent_user.is_authenticated",
        "from quart_auth import current_user\n\nasync def f():\n"
        "    return await current_user.is_authenticated",
        "from flask_login import UserMixin\n\nclass Anybody(UserMixin): ...\n\n"
        "Anybody().is_authenticated",
    ],
    "flask-extension-other": [
        "import flask_login",
        "from flask_sqlalchemy import SQLAlchemy",
        "from . import flask_tools",
        "import flaskless",
        "import flask.json",
    ],
    "flask-extension-use": [
        "from flask_login import current_user, login_required\n\n@login_required\ndef f():\n"
        "    return current_user.name",
        "class Resource: ...\n\nclass Orders(Resource): ...",
        "from flask_sqlalchemy import SQLAlchemy\n\nSQLAlchemy()",
        "import flask\n\nflask.Blueprint('a', 'b')",
        "from app.forms import Base\n\nclass Login(Base):\n    def __init__(self):\n"
        "        super().__init__()",
        "from flask_login import UserMixin\n\nclass Mixed: ...\n\n\nMixed()\nUser(name='a')",
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
}

FOUND: dict[str, list[str]] = {
    "authenticated-without-await": [
        "from flask_login import current_user\n\n@app.get('/')\ndef f():\n"
        "    if not current_user.is_authenticated:  # found\n        return ''",
        "import flask_login as fl\n\nfl.current_user.is_authenticated  # found",
        "from quart_auth import current_user\n\nasync def f():\n"
        "    return current_user.is_authenticated  # found",
        "from flask_login import LoginManager, current_user\n\nmanager = LoginManager()\n\n"
        "@manager.user_loader\ndef load(key):\n    return User.query.get(key)\n\n"
        "@app.get('/')\ndef f():\n    current_user.is_authenticated  # found",
    ],
    "flask-extension-other": [
        "import flask_mail  # found",
        "from flask_htmx import HTMX  # found",
        "import sentry_sdk.integrations.flask  # found",
        "from webargs.flaskparser import use_args  # found",
        "import prometheus_flask_exporter  # found",
    ],
    "flask-extension-use": [
        "from flask_login import LoginManager\n\nmanager = LoginManager()  # found\n"
        "manager.init_app(app)  # found\n\n@manager.user_loader  # found\ndef f(key): ...",
        "from flask_restx import Api, Resource\n\napi = Api(app)  # found\n\n"
        "@api.route('/a')  # found\nclass Base(Resource): ...  # found\n\n"
        "class Orders(Base):  # found\n    @api.expect()  # found\n    def get(self): ...",
        "from sentry_sdk.integrations.flask import FlaskIntegration\n\nFlaskIntegration()  # found",
        "from flask import current_app\n\ncurrent_app.extensions['migrate'].db  # found",
        "from flask_login import login_user, logout_user\n\nlogin_user(1)  # found\nlogout_user()",
    ],
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
}

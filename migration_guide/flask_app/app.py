"""The order desk on Flask, Flask-SQLAlchemy and psycopg2.

Serve it with ``gunicorn --threads 16 'migration_guide.flask_app.app:create_app()'``.
"""

from flask import Flask

from . import errors
from .config import Config
from .database import db
from .views import health, orders, products, session


def create_app(config: Config | None = None) -> Flask:
    """Compose the application; without *config*, from the environment.

    Raises:
        ConfigError: a setting is missing or wrong; the message names it.

    """
    app = Flask(__name__, static_folder=None)
    app.config.from_object(config or Config.from_environment())
    errors.init_app(app)
    db.init_app(app)
    for view in (session, products, orders, health):
        app.register_blueprint(view.blueprint)
    return app

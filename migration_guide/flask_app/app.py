"""The order desk on Flask, Flask-SQLAlchemy and psycopg2.

Serve it with ``gunicorn --threads 16 'migration_guide.flask_app.app:create_app()'``.
"""

from pathlib import Path

from flask import Flask
from flask_migrate import Migrate

from . import errors, logs, middleware
from .config import Config
from .database import db
from .views import description, health, metrics, orders, products, reports, session

MIGRATIONS = Path(__file__).with_name("migrations")


def create_app(config: Config | None = None) -> Flask:
    """Compose the application; without *config*, from the environment.

    Raises:
        ConfigError: a setting is missing or wrong; the message names it.

    """
    app = Flask(__name__, static_folder=None)
    app.config.from_object(config or Config.from_environment())
    logs.configure(app.config["LOG_LEVEL"])
    errors.init_app(app)
    db.init_app(app)
    Migrate(app, db, directory=str(MIGRATIONS))
    for view in (session, products, orders, reports, health, metrics, description):
        app.register_blueprint(view.blueprint)
    middleware.init_app(app)
    return app

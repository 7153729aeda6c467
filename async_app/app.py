"""The order desk on Quart, SQLAlchemy asyncio and asyncpg.

Serve it with ``hypercorn 'async_app.app:create_app()'``.
"""

from quart import Quart

from . import errors, logs, middleware
from .config import Config
from .database import db
from .operations import capacity, overload
from .views import description, health, metrics, orders, products, reports, session


def create_app(config: Config | None = None) -> Quart:
    """Compose the application; without *config*, from the environment.

    Raises:
        ConfigError: a setting is missing or wrong; the message names it.

    """
    app = Quart(__name__, static_folder=None)
    app.config.from_object(config or Config.from_environment())
    logs.configure(app.config["LOG_LEVEL"])
    errors.init_app(app)
    db.init_app(app)
    for view in (session, products, orders, reports, health, metrics, description):
        app.register_blueprint(view.blueprint)
    capacity.init_app(app)
    overload.init_app(app)
    middleware.init_app(app)
    return app

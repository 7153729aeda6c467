"""The order desk on Quart, SQLAlchemy asyncio and asyncpg.

Serve it with ``hypercorn 'async_app.app:create_app()'``.
"""

from quart import Quart

from . import errors
from .config import Config
from .database import db
from .views import health, orders, products, session


def create_app(config: Config | None = None) -> Quart:
    """Compose the application; without *config*, from the environment.

    Raises:
        ConfigError: a setting is missing or wrong; the message names it.

    """
    app = Quart(__name__, static_folder=None)
    app.config.from_object(config or Config.from_environment())
    errors.init_app(app)
    db.init_app(app)
    for view in (session, products, orders, health):
        app.register_blueprint(view.blueprint)
    return app

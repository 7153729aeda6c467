"""The order desk on both stacks in one process, for the time of the cut-over.

Serve it with ``hypercorn 'migration_guide.cutover.app:create_app()'``.

Both read the same environment, so that there is one DATABASE_URL and one SECRET_KEY. A variable
that is for one of them alone begins with CUTOVER_FLASK_ or CUTOVER_QUART_, such as
``CUTOVER_QUART_SQLALCHEMY_ENGINE_OPTIONS``. CUTOVER_SHARE_FILE names the file that holds the share
of the new stack; see `share`.
"""

import logging
import os
from collections.abc import Mapping
from pathlib import Path

from async_app.app import create_app as create_quart
from async_app.config import Config as QuartConfig
from migration_guide.cutover.dispatcher import Dispatcher
from migration_guide.cutover.share import ShareFile
from migration_guide.cutover.wsgi import ThreadedFlask
from migration_guide.flask_app.app import create_app as create_flask
from migration_guide.flask_app.config import Config as FlaskConfig

logger = logging.getLogger(__name__)

THREADS = 16
"""As many as gunicorn has."""


def create_app(environ: Mapping[str, str] = os.environ) -> Dispatcher:
    """Compose both applications and what is in front of them.

    Raises:
        ValueError: a setting is missing or wrong; the message names it.

    """
    share_file = environ.get("CUTOVER_SHARE_FILE")
    if not share_file:
        raise ValueError("The environment variable CUTOVER_SHARE_FILE is not set.")
    if "PROMETHEUS_MULTIPROC_DIR" in environ:
        # Prometheus's files know no stacks: of two counters with one name, the later one is kept.
        raise ValueError("Unset PROMETHEUS_MULTIPROC_DIR: both stacks would count in one place.")
    flask = create_flask(FlaskConfig.from_environment(environment_of("flask", environ)))
    quart = create_quart(QuartConfig.from_environment(environment_of("quart", environ)))
    if flask.secret_key != quart.secret_key:
        logger.warning(
            "The stacks have different SECRET_KEYs: whoever has logged in on one is a stranger to"
            " the other."
        )
    return Dispatcher(
        ThreadedFlask(flask, threads=THREADS),
        quart,
        ShareFile(Path(share_file)).read,
        secure_cookie=quart.config["SESSION_COOKIE_SECURE"],
    )


def environment_of(stack: str, environ: Mapping[str, str]) -> dict[str, str]:
    """What one of the stacks reads: its own variables go before those of both."""
    prefix = f"CUTOVER_{stack.upper()}_"
    own = {
        name.removeprefix(prefix): value
        for name, value in environ.items()
        if name.startswith(prefix)
    }
    return {**environ, **own}

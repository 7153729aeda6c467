"""A SQLAlchemy dialect for asyncpg that recovers at least as well as psycopg2 does.

Write ``postgresql+resilient_asyncpg://`` in the URL and leave everything else as it was: libpq's
parameters, ``pool_pre_ping``, ``pool_recycle``, and ``except OperationalError``. Importing this
package registers the name; an installed one registers it by itself.

It is a library in its own right: it needs SQLAlchemy and asyncpg and knows no web framework.
"""

from importlib.metadata import version

from sqlalchemy.dialects import registry
from sqlalchemy.ext.asyncio import AsyncEngine

MINIMUM = {"sqlalchemy": (2, 1), "asyncpg": (0, 32)}
"""SQLAlchemy 2.1 has the hooks that the dialect fills; before asyncpg 0.32 the cancellation of a
statement on a silent connection does not return."""

DIALECT = "postgresql.resilient_asyncpg"


def _check_versions() -> None:
    for name, minimum in MINIMUM.items():
        installed = version(name)
        if tuple(int(part) for part in installed.split(".")[:2]) < minimum:
            wanted = ".".join(map(str, minimum))
            raise ImportError(
                f"The resilient asyncpg dialect needs {name} {wanted} or later; {installed} is"
                f" installed. Upgrade it: pip install --upgrade '{name}>={wanted}'"
            )


_check_versions()
registry.register(DIALECT, f"{__name__}.dialect", "ResilientDialect")

from .counters import Counters  # noqa: E402 -- on a version that fits


def counters(engine: AsyncEngine) -> Counters:
    """What happened to the connections of an engine with this dialect.

    Raises:
        TypeError: the engine has another dialect.

    """
    found = getattr(engine.dialect, "counters", None)
    if not isinstance(found, Counters):
        raise TypeError(
            f"The dialect of this engine counts nothing: {engine.url.drivername}. Write"
            " postgresql+resilient_asyncpg in its URL."
        )
    return found


__all__ = ["Counters", "counters"]

"""The engine and its sessions, bound to the application by Flask-SQLAlchemy."""

import threading
from concurrent.futures import Future, wait

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine, MetaData, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from .metrics import PoolSampler

NAMING_CONVENTION = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Database(SQLAlchemy):
    """Flask-SQLAlchemy, with a bounded probe for the readiness endpoint."""

    sampler = PoolSampler()
    _probe: Future[bool] | None = None
    _probe_lock = threading.Lock()

    def sample(self) -> None:
        """Read the pool's state for the metrics."""
        self.sampler.sample(self._pool)

    @property
    def _pool(self) -> QueuePool:
        pool = self.engine.pool
        assert isinstance(pool, QueuePool)  # noqa: S101 -- the default; `config` offers no other
        return pool

    def why_not_ready(self, deadline_s: float) -> str | None:
        """Why the database does not answer within *deadline_s* seconds; None: it does.

        There is one probe at a time, so that probes of a silent server do not fill the pool. It
        has a thread of its own, since nothing in psycopg2 bounds a query that gets no answer.
        """
        with self._probe_lock:
            if self._probe is None or self._probe.done():
                self._probe = Future()
                threading.Thread(
                    target=_probe, args=(self.engine, self._probe), name="readiness", daemon=True
                ).start()
            probe = self._probe
        done, _ = wait([probe], timeout=deadline_s)
        if not done:
            return f"The database has not answered within {deadline_s:g} s."
        return None if probe.result() else "The database refuses or breaks connections."


def _probe(engine: Engine, result: Future[bool]) -> None:
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError:
        result.set_result(False)
    else:
        result.set_result(True)


db = Database(
    metadata=MetaData(naming_convention=NAMING_CONVENTION),
    engine_options={"hide_parameters": True},  # in errors, and so in the log
)

"""``port-kit database`` from the outside."""

import shlex
import signal

import asyncpg
import pytest
from sqlalchemy import make_url

from .conftest import Start, alive


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
async def test_it_is_an_empty_database_until_a_signal_and_leaves_nothing(
    start: Start, signum: signal.Signals
) -> None:
    running = await start("database")
    await running.until("DATABASE_URL")
    name, _, value = shlex.split(running.out)[1].partition("=")
    assert name == "DATABASE_URL"
    url = make_url(value)
    assert url.drivername == "postgresql+psycopg2"
    connection = await asyncpg.connect(
        url.set(drivername="postgresql").render_as_string(hide_password=False)
    )
    assert await connection.fetch("SELECT FROM pg_tables WHERE schemaname = 'public'") == []
    await connection.close()
    processes = running.descendants()
    assert processes
    running.process.send_signal(signum)
    done = await running.finish()
    assert done.code == 128 + signum
    assert alive(processes) == []
    assert running.left() == []

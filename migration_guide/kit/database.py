"""``port-kit database``: a PostgreSQL in the foreground, for the guide's blocks and for tests."""

import asyncio
import shlex

import click
from sqlalchemy import make_url

from migration_guide.kit import interrupts
from migration_guide.kit.failures import EnvironmentFailure
from migration_guide.kit.lab.postgres import PostgresError
from migration_guide.kit.lab.server import embedded


def main() -> int:
    """Serve until a signal comes; the exit code.

    Raises:
        click.ClickException: the server does not start (code 2).

    """
    try:
        return interrupts.run(_serve())
    except interrupts.InterruptedRunError as interruption:
        return interruption.exit_code
    except PostgresError as error:
        raise EnvironmentFailure(str(error)) from None


async def _serve() -> int:
    async with embedded() as server:
        url = make_url(server.url("postgres")).set(drivername="postgresql+psycopg2", query={})
        variable = shlex.quote(url.render_as_string(hide_password=False))
        click.echo(f"export DATABASE_URL={variable}")
        click.echo("An empty database; it is gone when this command ends: Ctrl-C.", err=True)
        await asyncio.Event().wait()
    return 0

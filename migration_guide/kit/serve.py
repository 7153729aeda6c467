"""``port-kit serve``: one stack in the foreground."""

import contextlib
import os

import asyncpg
import click
from sqlalchemy.exc import SQLAlchemyError

from migration_guide.kit import interrupts
from migration_guide.kit.failures import EnvironmentFailure
from migration_guide.kit.lab import demo
from migration_guide.kit.lab.postgres import PostgresError
from migration_guide.kit.lab.server import embedded
from migration_guide.kit.lab.service import Service, ServiceError, listen
from migration_guide.kit.lab.stacks import (
    DEFAULT_PROFILE,
    DRIVERS,
    SETTINGS,
    Profile,
    Stack,
    driver_url,
)


def main(stack: Stack, profile: Profile | None, host: str, port: int, workers: int) -> int:
    """Serve until a signal comes; the exit code.

    Raises:
        click.ClickException: the service cannot be served (code 2).

    """
    try:
        return interrupts.run(_serve(stack, profile, host, port, workers))
    except interrupts.InterruptedRunError as interruption:
        return interruption.exit_code
    except (PostgresError, ServiceError, demo.SchemaError) as error:
        raise EnvironmentFailure(str(error)) from None


async def _serve(stack: Stack, profile: Profile | None, host: str, port: int, workers: int) -> int:
    listener = listen(host, port)
    with contextlib.closing(listener):
        async with contextlib.AsyncExitStack() as cleanup:
            url = os.environ.get("DATABASE_URL")
            if not url:
                url = (await cleanup.enter_async_context(embedded())).url("postgres")
            chosen = profile or DEFAULT_PROFILE[stack]
            created = await _set_up(stack, chosen, url)
            options = None
            if profile is not None or "SQLALCHEMY_ENGINE_OPTIONS" not in os.environ:
                options = SETTINGS[stack, chosen].engine_options
            service = Service(
                stack,
                url,
                profile=chosen,
                engine_options=options,
                workers=workers,
                listener=listener,
            )
            await cleanup.enter_async_context(service)
            click.echo(f"Serving the {stack} stack on {service.url}, e.g. {service.url}/products/1")
            if created:
                click.echo(f"Log in as {demo.EMAIL} with the password {demo.PASSWORD}")
            code = await service.wait()
            raise ServiceError(f"The {stack} service ended by itself, with exit code {code}.")


async def _set_up(stack: Stack, profile: Profile, url: str) -> bool:
    try:
        driver_url(DRIVERS[stack, profile], url)
        return await demo.set_up(url)
    except ValueError as error:
        raise ServiceError(f"DATABASE_URL cannot be used: {error}.") from None
    except (OSError, SQLAlchemyError, asyncpg.PostgresError) as error:
        cause = getattr(error, "orig", None) or error
        raise ServiceError(f"The database of DATABASE_URL cannot be used: {cause}") from None

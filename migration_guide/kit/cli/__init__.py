"""The command line: what can be said, not how it is done."""

import logging
import sys

import click

from migration_guide.kit.cli import reading, running
from migration_guide.kit.cli.options import cli

__all__ = ["cli", "reading", "run", "running"]


def run() -> None:
    """Run the command line; a signal before there is anything to clean up ends it quietly."""
    # What the dialect says of its connections, the commands say in words of their own.
    logging.getLogger("async_app").addHandler(logging.NullHandler())
    try:
        cli(standalone_mode=False)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)

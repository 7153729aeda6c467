"""How a command says that it cannot work here."""

import click


class EnvironmentFailure(click.ClickException):
    """The message goes to stderr; the exit code is that of usage and environment."""

    exit_code = 2

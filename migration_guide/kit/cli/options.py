"""What several commands have in common."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

PROFILES = ["bare", "ping-only", "same-settings", "hardened"]
HELP = {"help_option_names": ["-h", "--help"]}
SERVER_HELP = (
    "Use this PostgreSQL server instead of an embedded one. The run makes a database of its own"
    " there and drops it, unless it is killed (port_kit_...); DATABASE_URL is not read."
)
FILE: dict[str, Any] = {
    "metavar": "FILE",
    "type": click.Path(dir_okay=False, writable=True, allow_dash=True, path_type=Path),
}


def json_option(text: str) -> Callable[[Command], Command]:
    return click.option("--json", "json_file", **FILE, help=text)


@click.group(context_settings=HELP)
@click.version_option(package_name="async-port-kit")
def cli() -> None:
    """Evaluate and make the move from Flask and psycopg2 to Quart and asyncpg."""


def check_writable_folder(folder: Path, option: str) -> None:
    """Told before the run, not after its two minutes."""
    if not folder.is_dir():
        raise click.BadParameter(f"there is no folder {folder}", param_hint=option)
    if not os.access(folder, os.W_OK):
        raise click.BadParameter(f"the folder {folder} is not writable", param_hint=option)

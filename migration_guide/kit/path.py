"""``port-kit path``: the order desk on its way from Flask to Quart, step by step.

The first tree is the Flask service, the last one the Quart service; what lies between is kept as
patches, each of which leaves a service that works. Their package is called `PACKAGE`.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

import async_app
import migration_guide
from migration_guide.kit.failures import EnvironmentFailure

PACKAGE = "orderdesk"

AFTER = Path(async_app.__file__).parent
GUIDE = Path(migration_guide.__file__).parent
BEFORE = GUIDE / "flask_app"
PATCHES = GUIDE / "path"

_ITSELF: Mapping[str, str] = {
    "migration_guide.flask_app": PACKAGE,
    "%(here)s/../../../async_app/migrations/versions": "%(here)s/versions",
    "async_app": PACKAGE,
}
"""How the two services name themselves and each other."""


@dataclass(frozen=True)
class Step:
    """*copied*: what the Quart service has here that has no twin in the Flask one."""

    number: int
    name: str
    title: str
    chapter: str
    copied: Sequence[str] = ()

    @property
    def patch(self) -> Path:
        return PATCHES / f"{self.number}-{self.name}.patch"


STEPS = (
    Step(1, "select", "select() and explicit loading, on Flask", "03-stay-sync-first.md"),
    Step(
        2,
        "plain-sqlalchemy",
        "SQLAlchemy's own sessions in with blocks, on Flask",
        "04-plain-sqlalchemy.md",
    ),
    Step(3, "quart", "Quart; the database still psycopg2, in threads", "05-flip-the-framework.md"),
    Step(4, "asyncpg", "AsyncSession and asyncpg", "06-flip-the-database.md"),
    Step(
        5,
        "resilient-engine",
        "the kit's dialect",
        "13-beyond-the-two-settings.md",
        copied=("resilience",),
    ),
    Step(
        6,
        "operations",
        "deadlines, admission, several processes, drain",
        "11-deployment.md",
        copied=("operations", "__main__.py", "hypercorn.toml", "py.typed"),
    ),
)


class PathError(EnvironmentFailure):
    """A tree cannot be made; the message says why."""


def show() -> Iterator[str]:
    """The steps, a line each."""
    yield "0  the Flask service"
    for step in STEPS:
        changed = sum(
            line.startswith(("+", "-")) and not line.startswith(("+++", "---"))
            for line in step.patch.read_text(encoding="utf-8").splitlines()
        )
        yield f"{step.number}  {step.title} ({changed} lines; {step.chapter})"


def write(number: int, folder: Path) -> None:
    """Write the service as it is after a step into *folder*, which is new or empty.

    Raises:
        PathError: something is there, or git is missing, which applies the patches.

    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise PathError(f"{folder} is not empty: the tree needs a folder of its own.")
    except OSError as error:
        raise PathError(f"{folder} cannot be written: {error.strerror}.") from None
    _copy(BEFORE, folder / PACKAGE)
    _copy(AFTER / "migrations" / "versions", folder / PACKAGE / "migrations" / "versions")
    for step in STEPS[:number]:
        forward(step, folder)


def forward(step: Step, folder: Path) -> None:
    """Take the tree in *folder* one step on."""
    _apply(step.patch, folder)
    for name in step.copied:
        _copy(AFTER / name, folder / PACKAGE / name)


def back(step: Step, folder: Path) -> None:
    """Take the tree in *folder* back to what it was before a step."""
    for name in step.copied:
        place = folder / PACKAGE / name
        shutil.rmtree(place) if place.is_dir() else place.unlink()
    _apply(step.patch, folder, "--reverse")


def _apply(patch: Path, folder: Path, *options: str) -> None:
    # A repository around the folder is none of its business.
    environment = os.environ | {"GIT_CEILING_DIRECTORIES": str(folder.resolve().parent)}
    command = ["git", "apply", "--whitespace=nowarn", *options, str(patch.resolve())]
    try:
        done = subprocess.run(  # noqa: S603 -- the kit's own patches
            command,
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise PathError("git is needed to apply the patches: install it.") from None
    if done.returncode:
        raise PathError(f"{patch.name} does not fit: {done.stderr.strip()}")


def _copy(source: Path, target: Path) -> None:
    """A file or a folder, with the package's name in it."""
    if source.is_dir():
        for one in sorted(source.iterdir()):
            if one.name != "__pycache__":
                _copy(one, target / one.name)
        return
    text = source.read_text(encoding="utf-8")
    for name, now in _ITSELF.items():
        text = text.replace(name, now)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")


def main(number: int | None, out: Path | None) -> None:
    """List the steps, or write the tree after one of them."""
    if number is None or out is None:
        for line in show():
            click.echo(line)
        return
    write(number, out)
    click.echo(f"{out / PACKAGE}: {STEPS[number - 1].title if number else 'the Flask service'}")

"""The command line: what can be said, not how it is done."""

import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

if TYPE_CHECKING:
    from migration_guide.kit.lab.stacks import Profile, Stack

Command = TypeVar("Command", bound=Callable[..., Any])

PROFILES = ["bare", "ping-only", "same-settings", "hardened"]
HELP = {"help_option_names": ["-h", "--help"]}
SERVER_HELP = (
    "Use this PostgreSQL server instead of an embedded one. The run makes a database of its own"
    " there and drops it; DATABASE_URL is not read."
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


@cli.command()
@click.option("--stack", type=click.Choice(["flask", "quart"]), required=True)
@click.option(
    "--profile",
    type=click.Choice(PROFILES),
    help="Which driver and SQLALCHEMY_ENGINE_OPTIONS to run with. Default: the variable of that"
    " name, if set; else same-settings on Flask, hardened on Quart.",
)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Default: a free one, which is printed.",
)
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True)
def serve(stack: str, profile: str | None, host: str, port: int, workers: int) -> None:
    """Serve the order desk on one stack, in the foreground.

    The database is DATABASE_URL (any driver in it is replaced by the stack's), or an embedded
    server that is gone afterwards. An empty database gets the schema and demo data.
    """
    from migration_guide.kit import serve as command

    sys.exit(
        command.main(cast("Stack", stack), cast("Profile | None", profile), host, port, workers)
    )


@cli.command()
@click.option("--all", "all_faults", is_flag=True, help="Every fault, not only the short tour.")
@click.option("--only", metavar="FAULT", multiple=True, help="Run this fault; may be repeated.")
@click.option(
    "--random",
    "random_schedules",
    metavar="N",
    type=click.IntRange(1, 1000),
    help="Instead, run N schedules of faults that overlap, drawn from the seed, the seed + 1, ...;"
    " under the profile hardened, unless another is given.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(1, 3600),
    default=60.0,
    show_default=True,
    help="Of each random schedule.",
)
@click.option("--stack", type=click.Choice(["flask", "quart"]), multiple=True)
@click.option("--profile", type=click.Choice(PROFILES), multiple=True)
@click.option("--list", "list_faults", is_flag=True, help="List the faults and their claims.")
@json_option("Write the results there; - for stdout (the table then goes to stderr).")
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the run in this folder, new or empty. Default: runs/<time>-<seed>, to which"
    " runs/latest leads.",
)
@click.option(
    "--without",
    type=click.Choice(["pool_pre_ping", "pool_recycle"]),
    multiple=True,
    help="Leave this setting out of every profile, to see what it is worth.",
)
@click.option(
    "--load",
    is_flag=True,
    help="After the faults, also measure both stacks under load, with and without a fault: about"
    " five minutes more.",
)
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), help="Of the load and the order.")
@click.option("--server", metavar="URL", help=SERVER_HELP)
@click.option(
    "--allow-faults",
    is_flag=True,
    help="With --server or --services: also end sessions, and stop, crash and restart servers, if"
    " they run on this machine.",
)
@click.option(
    "--services",
    metavar="FILE",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="Instead, show faults to services of yours, which this TOML file names; a proxy before"
    " their database makes them.",
)
@click.option("--dry-run", is_flag=True, help="With --services: only tell what would be done.")
def compare(
    all_faults: bool,  # noqa: FBT001
    only: tuple[str, ...],
    stack: tuple[str, ...],
    profile: tuple[str, ...],
    random_schedules: int | None,
    seconds: float,
    list_faults: bool,  # noqa: FBT001
    json_file: Path | None,
    out: Path | None,
    without: tuple[str, ...],
    load: bool,  # noqa: FBT001
    seed: int | None,
    server: str | None,
    allow_faults: bool,  # noqa: FBT001
    services: Path | None,
    dry_run: bool,  # noqa: FBT001
) -> None:
    """Inject real faults into both stacks and show who recovers.

    Exit code: 0 every claim held; 1 a claim failed; 2 usage or environment; 3 inconclusive;
    130 or 143 interrupted.
    """
    from migration_guide.kit import compare as command
    from migration_guide.kit.keeping import Where

    if all_faults + bool(only) + bool(random_schedules) > 1:
        raise click.UsageError("--all, --only and --random exclude each other.")
    if allow_faults and server is None and services is None:
        raise click.UsageError("--allow-faults goes with --server or --services.")
    if dry_run and services is None:
        raise click.UsageError("--dry-run goes with --services.")
    if json_file is not None:
        _check_writable_folder(json_file.absolute().parent, "--json")
    where = Where(out, json_file)
    if services is not None:
        if (
            all_faults
            or random_schedules
            or stack
            or profile
            or without
            or load
            or server
            or list_faults
        ):
            raise click.UsageError("Of the faults, only --only goes with --services.")
        from migration_guide.kit import services as own

        sys.exit(own.main(own.Request(services, only, dry_run, allow_faults, seed, where)))
    request = command.Request(
        all_faults=all_faults,
        only=only,
        random=random_schedules or 0,
        seconds=seconds,
        stacks=stack,
        profiles=profile,
        where=where,
        without=without,
        load=load,
        seed=seed,
        server_url=server,
        allow_faults=allow_faults,
    )
    if list_faults:
        command.list_faults(request)
        return
    sys.exit(command.main(request))


@cli.command()
@click.argument("runs", nargs=-1, metavar="RUN [RUN2]", type=click.Path(path_type=Path))
@click.option("--html", "html_file", **FILE, help="Write the page there; - for stdout.")
@json_option("Write the results there; - for stdout.")
@click.option("--markdown", "markdown_file", **FILE, help="Write Markdown there; - for stdout.")
def report(
    runs: tuple[Path, ...],
    html_file: Path | None,
    json_file: Path | None,
    markdown_file: Path | None,
) -> None:
    """Render a run's results once more, or hold one run against another.

    RUN is a run's folder, by default runs/latest. With two, tells what got worse or better from the
    first to the second.

    Exit code: 0; of two runs 1 if something got worse, 3 if they have no cell in common; 2 usage.
    """
    from migration_guide.kit import rendering as command

    if len(runs) > 2:
        raise click.UsageError("one run is rendered, or two are compared; no more")
    if len(runs) == 2 and html_file is not None:
        raise click.UsageError("--html is for one run")
    for option, file in (
        ("--html", html_file),
        ("--json", json_file),
        ("--markdown", markdown_file),
    ):
        if file is not None:
            _check_writable_folder(file.absolute().parent, option)
    files = html_file, json_file, markdown_file
    sys.exit(command.main(command.Request(runs or (Path("runs/latest"),), *files)))


@cli.command()
@click.argument("path", required=False, type=click.Path(exists=True, path_type=Path))
@json_option("Write the findings there; - for stdout (the report then goes to stderr).")
@click.option("--only", metavar="RULE", multiple=True, help="Apply this rule; may be repeated.")
@click.option("--skip", metavar="RULE", multiple=True, help="Leave this rule out.")
@click.option(
    "--fail-on",
    type=click.Choice(["silent", "breaking", "advice", "never"]),
    default="silent",
    show_default=True,
    help="The least severity with which the exit code is 1.",
)
@click.option("--jobs", type=click.IntRange(1, 64), help="Default: one for each processor.")
@click.option("--all", "everything", is_flag=True, help="Show each place, not ten of a rule.")
@click.option("--list", "list_rules", is_flag=True, help="List the rules.")
def audit(
    path: Path | None,
    json_file: Path | None,
    only: tuple[str, ...],
    skip: tuple[str, ...],
    fail_on: str,
    jobs: int | None,
    everything: bool,  # noqa: FBT001
    list_rules: bool,  # noqa: FBT001
) -> None:
    """Read a code base, without running it, and tell what has to change in it.

    Exit code: 0 nothing as bad as --fail-on was found; 1 something was; 2 usage.
    """
    from migration_guide.kit.audit import command
    from migration_guide.kit.audit.finding import Severity

    if list_rules:
        command.list_rules()
        return
    if path is None:
        raise click.UsageError("name the folder or the file to read")
    if json_file is not None:
        _check_writable_folder(json_file.absolute().parent, "--json")
    least = None if fail_on == "never" else Severity(fail_on)
    sys.exit(command.main(command.Request(path, json_file, only, skip, least, jobs, everything)))


@cli.command()
@click.argument("name", metavar="FAULT|RULE")
def explain(name: str) -> None:
    """Tell what a fault does and what each stack is expected to do, or what a rule is about."""
    from migration_guide.kit import explain as command

    sys.exit(command.main(name))


@cli.command()
@json_option("Write the figures there; - for stdout (the tables then go to stderr).")
@click.option(
    "--http", is_flag=True, help="Instead, what both services answer over HTTP, under load."
)
@click.option("--quick", is_flag=True, help="One short round: shows that it works, no figures.")
@click.option(
    "--loop",
    type=click.Choice(["asyncio", "uvloop"]),
    help="The event loop. Default: uvloop where it is installed.",
)
@click.option("--server", metavar="URL", help=SERVER_HELP)
def bench(
    json_file: Path | None,
    http: bool,  # noqa: FBT001
    quick: bool,  # noqa: FBT001
    loop: str | None,
    server: str | None,
) -> None:
    """Count round trips and time a checkout, a read and a write, on each driver.

    All variants take turns in one run, of about three minutes, with --http of about ten; what
    counts are the ratios between them.
    """
    if http and loop:
        raise click.UsageError("--loop goes without --http, which measures both loops.")
    if http:
        from migration_guide.kit.bench.http.command import main
    else:
        from migration_guide.kit.bench.command import main
    from migration_guide.kit.bench.request import Request

    if json_file is not None:
        _check_writable_folder(json_file.absolute().parent, "--json")
    sys.exit(main(Request(json_file, quick, loop, server)))


def _check_writable_folder(folder: Path, option: str) -> None:
    """Told before the run, not after its two minutes."""
    if not folder.is_dir():
        raise click.BadParameter(f"there is no folder {folder}", param_hint=option)
    if not os.access(folder, os.W_OK):
        raise click.BadParameter(f"the folder {folder} is not writable", param_hint=option)


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

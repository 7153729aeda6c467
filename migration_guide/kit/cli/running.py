"""The commands that start servers: serve, compare, report, bench, cutover."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from migration_guide.kit.cli.options import (
    FILE,
    PROFILES,
    SERVER_HELP,
    check_writable_folder,
    cli,
    json_option,
)

if TYPE_CHECKING:
    from migration_guide.kit.cutover.plan import Fault
    from migration_guide.kit.lab.stacks import Profile, Stack


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
def database() -> None:
    """Start an empty PostgreSQL, in the foreground, and print its DATABASE_URL for your shell.

    For the blocks of the guide and the tests of your own application. It listens on this machine
    alone, keeps nothing, and is gone with the command.
    """
    from migration_guide.kit import database as command

    sys.exit(command.main())


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
        check_writable_folder(json_file.absolute().parent, "--json")
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
            check_writable_folder(file.absolute().parent, option)
    files = html_file, json_file, markdown_file
    sys.exit(command.main(command.Request(runs or (Path("runs/latest"),), *files)))


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
        check_writable_folder(json_file.absolute().parent, "--json")
    sys.exit(main(Request(json_file, quick, loop, server)))


@cli.command()
@json_option("Write the figures there; - for stdout (the table then goes to stderr).")
@click.option("--quick", is_flag=True, help="One second for each share instead of eight.")
@click.option(
    "--fault",
    type=click.Choice(["two-keys", "new-stack-down"]),
    help="Let something go wrong. two-keys: the stacks have different SECRET_KEYs, and the drill"
    " has to notice. new-stack-down: at 100 % the new stack's database is gone, and the way back"
    " has to work.",
)
@click.option("--server", metavar="URL", help=SERVER_HELP)
def cutover(
    json_file: Path | None,
    quick: bool,  # noqa: FBT001
    fault: "Fault | None",
    server: str | None,
) -> None:
    """Move the traffic from the old stack to the new one and back, while orders are placed.

    Both serve one database from one process, behind one dispatcher. The share of the new stack goes
    0, 10, 50, 100, 0 %; then every order is looked for. It takes about a minute.

    Exit code: 0 every claim held; 1 a claim failed; 2 usage or environment; 3 inconclusive;
    130 or 143 interrupted.
    """
    from migration_guide.kit.cutover import command
    from migration_guide.kit.cutover.plan import Plan

    if json_file is not None:
        check_writable_folder(json_file.absolute().parent, "--json")
    sys.exit(command.main(command.Request(Plan(fault, quick), json_file, server)))

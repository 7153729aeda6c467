"""The commands that read what a team has: audit, explain, translate."""

import sys
from pathlib import Path

import click

from migration_guide.kit.cli.options import (
    FILE,
    check_writable_folder,
    cli,
    json_option,
)


@cli.command()
@click.argument("step", required=False, type=click.IntRange(0, 6))
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder to write it to, new or empty.",
)
def path(step: int | None, out: Path | None) -> None:
    """Write the order desk as it is after a STEP on its way from Flask to Quart.

    Without a step, list them. Exit code: 0; 2 usage or environment.
    """
    from migration_guide.kit import path as command

    if (step is None) != (out is None):
        raise click.UsageError("STEP and --out go together: port-kit path 1 --out FOLDER")
    command.main(step, out)


@cli.command()
@click.argument("path", required=False, type=click.Path(exists=True, path_type=Path))
@json_option("Write the findings there; - for stdout (the report then goes to stderr).")
@click.option(
    "--markdown",
    "markdown_file",
    **FILE,
    help="Write the report as Markdown; - for stdout.",
)
@click.option(
    "--sarif",
    "sarif_file",
    **FILE,
    help="Write SARIF 2.1.0, for code hosts and editors; - for stdout.",
)
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
    markdown_file: Path | None,
    sarif_file: Path | None,
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
    files = {"--json": json_file, "--markdown": markdown_file, "--sarif": sarif_file}
    if sum(file == Path("-") for file in files.values()) > 1:
        raise click.UsageError("only one of --json, --markdown and --sarif can go to stdout")
    for option, file in files.items():
        if file is not None:
            check_writable_folder(file.absolute().parent, option)
    least = None if fail_on == "never" else Severity(fail_on)
    request = command.Request(
        path, json_file, markdown_file, sarif_file, only, skip, least, jobs, everything
    )
    sys.exit(command.main(request))


@cli.command()
@click.argument("name", metavar="FAULT|RULE")
def explain(name: str) -> None:
    """Tell what a fault does and what each stack is expected to do, or what a rule is about."""
    from migration_guide.kit import explain as command

    sys.exit(command.main(name))


@cli.command()
@click.argument("url", required=False, metavar="[URL]")
@click.option(
    "--options",
    metavar="TEXT",
    help="SQLALCHEMY_ENGINE_OPTIONS, as a dict in Python or JSON.",
)
@click.option(
    "--file",
    metavar="FILE",
    type=click.Path(dir_okay=False, exists=True, allow_dash=True, path_type=Path),
    help="Read the settings from a file: Python (which is not run), JSON, TOML or .env.",
)
@click.option("--class", "class_name", metavar="NAME", help="With --file: this class of it.")
@click.option(
    "--from-app",
    "app",
    metavar="MODULE:APP",
    help="Import the application, or call its factory, module:create_app(), and read its config.",
)
@click.option("--check", is_flag=True, help="Connect in all ways; compare what the server sees.")
@click.option("--reveal", is_flag=True, help="Show passwords, so that the code runs as printed.")
@json_option("Write the translation there; - for stdout (the text then goes to stderr).")
def translate(
    url: str | None,
    options: str | None,
    file: Path | None,
    class_name: str | None,
    app: str | None,
    check: bool,  # noqa: FBT001
    reveal: bool,  # noqa: FBT001
    json_file: Path | None,
) -> None:
    """Tell what a psycopg2 URL and SQLALCHEMY_ENGINE_OPTIONS become on asyncpg.

    URL is what the application has today; - reads it from stdin. Without one, a file's or an
    application's is taken, else SQLALCHEMY_DATABASE_URI or DATABASE_URL of the environment.

    Exit code: 0; 1 if --check finds a difference; 2 bad input, or --check cannot connect.
    """
    from migration_guide.kit.translate import command
    from migration_guide.kit.translate.sources import Place

    if sum(source is not None for source in (options, file, app)) > 1:
        raise click.UsageError("--options, --file and --from-app exclude each other.")
    if class_name is not None and file is None:
        raise click.UsageError("--class goes with --file.")
    if json_file is not None:
        check_writable_folder(json_file.absolute().parent, "--json")
    place = Place(url, options, file, class_name, app)
    sys.exit(command.main(command.Request(place, check, reveal, json_file)))

"""``port-kit audit``."""

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn

import click

from migration_guide.kit.audit.finding import Severity
from migration_guide.kit.audit.result import Audit
from migration_guide.kit.audit.rules import RULES
from migration_guide.kit.audit.rules.base import Rule
from migration_guide.kit.audit.run import audit
from migration_guide.kit.audit.writers import console, json, markdown, sarif
from migration_guide.kit.audit.writers.progress import Progress
from migration_guide.kit.audit.writers.quoting import visible

STDOUT = Path("-")


@dataclass(frozen=True)
class Request:
    """What was asked for.

    Attributes:
        path: a folder or a file.
        json_file, markdown_file, sarif_file: where to write them; ``-`` is stdout.
        only, skip: names of rules.
        fail_on: the least severity with which the exit code is 1; None: it never is.
        jobs: processes; None: one for each processor.
        everything: show each place on the console.

    """

    path: Path
    json_file: Path | None = None
    markdown_file: Path | None = None
    sarif_file: Path | None = None
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    fail_on: Severity | None = Severity.SILENT
    jobs: int | None = None
    everything: bool = False


def main(request: Request) -> int:
    """Audit, report, and return the exit code.

    SIGTERM ends it as Ctrl-C does, so that no process is left.

    Raises:
        click.BadParameter: a rule that there is not.

    """
    signal.signal(signal.SIGTERM, _end)
    for option, names in (("--only", request.only), ("--skip", request.skip)):
        for name in names:
            check_rule(name, option)
    with Progress() as progress:
        result = audit(
            request.path,
            only=request.only,
            skip=request.skip,
            jobs=request.jobs,
            progress=progress,
        )
    files: dict[Path | None, Callable[[], str]] = {
        request.json_file: lambda: json.render(result),
        request.markdown_file: lambda: markdown.render(result, everything=request.everything),
        request.sarif_file: lambda: sarif.render(result),
    }
    for file, render in files.items():
        if file is not None:
            with click.open_file(file, "w", encoding="utf-8", errors="replace") as out:
                out.write(render())
    for line in console.lines(result, everything=request.everything):
        click.echo(line, err=STDOUT in files)
    for mistake in result.mistaken:
        click.echo(
            f"{mistake.place}: {visible(mistake.reason)}; see port-kit audit --list", err=True
        )
    return exit_code(result, request.fail_on)


def _end(signum: int, _: object) -> NoReturn:
    raise SystemExit(128 + signum)


def exit_code(result: Audit, fail_on: Severity | None) -> int:
    """1 if a finding is as bad as that, or a rule blocks the move."""
    order = list(Severity)
    if fail_on is None:
        return 0
    worst = order[: order.index(fail_on) + 1]
    return int(any(one.severity in worst or RULES[one.rule].blocks for one in result.findings))


def check_rule(name: str, option: str, rules: Mapping[str, Rule] = RULES) -> None:
    """Raise `click.BadParameter` for one that there is not."""
    if name not in rules:
        near = get_close_matches(name, rules, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise click.BadParameter(
            f"there is no rule {name!r}.{hint} See port-kit audit --list.", param_hint=option
        )


def list_rules() -> None:
    for rule in RULES.values():
        click.echo(f"{rule.name:30} {rule.severity.value:9} {rule.phase.value:17} {rule.title}")

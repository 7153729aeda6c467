"""``port-kit audit``."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import click

from migration_guide.kit.audit.finding import Severity
from migration_guide.kit.audit.result import Audit
from migration_guide.kit.audit.rules import RULES
from migration_guide.kit.audit.rules.base import Rule
from migration_guide.kit.audit.run import audit
from migration_guide.kit.audit.writers import console, json


@dataclass(frozen=True)
class Request:
    """What was asked for.

    Attributes:
        path: a folder or a file.
        json_file: where to write JSON; ``-`` is stdout.
        only, skip: names of rules.
        fail_on: the least severity with which the exit code is 1; None: it never is.
        jobs: processes; None: one for each processor.
        everything: show each place on the console.

    """

    path: Path
    json_file: Path | None = None
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    fail_on: Severity | None = Severity.SILENT
    jobs: int | None = None
    everything: bool = False


def main(request: Request) -> int:
    """Audit, report, and return the exit code.

    Raises:
        click.BadParameter: a rule that there is not.

    """
    for option, names in (("--only", request.only), ("--skip", request.skip)):
        for name in names:
            check_rule(name, option)
    result = audit(request.path, only=request.only, skip=request.skip, jobs=request.jobs)
    is_stdout_taken = request.json_file is not None and str(request.json_file) == "-"
    for line in console.lines(result, everything=request.everything):
        click.echo(line, err=is_stdout_taken)
    if is_stdout_taken:
        click.echo(json.render(result), nl=False)
    elif request.json_file is not None:
        request.json_file.write_text(json.render(result), encoding="utf-8")
    return exit_code(result, request.fail_on)


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

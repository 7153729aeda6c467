"""``port-kit explain``: what a fault is, what it models, and what each stack is expected to do."""

from collections.abc import Iterator
from difflib import get_close_matches
from itertools import groupby
from typing import Any

import click

from migration_guide.kit.lab.faults import FAULTS
from migration_guide.kit.lab.faults.base import Fault
from migration_guide.kit.lab.runner import PAGE
from migration_guide.kit.report.words import listed


def check_fault(name: str, option: str) -> None:
    """Raise `click.BadParameter` for one that there is not."""
    if name not in FAULTS:
        near = get_close_matches(name, FAULTS, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise click.BadParameter(
            f"there is no fault {name!r}.{hint} See port-kit compare --list.", param_hint=option
        )


def main(name: str) -> int:
    check_fault(name, "FAULT")
    fault = FAULTS[name]
    click.echo(f"{fault.name}: {fault.summary}.")
    click.echo(f"Models: {fault.models}.")
    click.echo(f"Between service and database: {fault.topology.between}.")
    click.echo("When: " + "; ".join(when(fault)) + ".")
    for profile, stacks, claim, note in expectations(fault):
        click.echo(f"\n{profile}, {listed(stacks)}: {claim}.")
        if note:
            click.echo(f"    {note}")
    if missing := fault.topology.missing():
        click.echo(f"\nSkipped here: {missing}.")
    click.echo(f"\nTo see it: port-kit compare --only {fault.name}")
    click.echo(f"More: {PAGE}#{fault.name}")
    return 0


def when(fault: Fault[Any]) -> Iterator[str]:
    """In which state of the service it strikes, and for how long."""
    if fault.idle_s:
        yield f"the pool is warm and has been idle for {fault.idle_s:g} s"
    elif fault.under_load:
        yield "under load, while requests are on their way"
    else:
        yield "the pool is warm, no request is on its way"
    yield f"it lasts {fault.outage_s:g} s" if fault.outage_s else "it is over at once"


def expectations(fault: Fault[Any]) -> Iterator[tuple[str, list[str], str, str | None]]:
    """Profile, stacks, claim and note; stacks of which the same is expected, together."""

    def alike(key: Any) -> tuple[str, str, str | None]:
        return key[1], fault.claims[key].text, fault.notes.get(key)

    order = list(dict.fromkeys(profile for _, profile in fault.claims))
    keys = sorted(fault.claims, key=lambda key: (order.index(key[1]), *map(str, alike(key))))
    for (profile, claim, note), found in groupby(keys, key=alike):
        yield profile, [stack for stack, _ in found], claim, note

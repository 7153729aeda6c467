"""``port-kit compare --services FILE``: the faults on a team's own services."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import click

from migration_guide.kit.failures import EnvironmentFailure
from migration_guide.kit.keeping import Where, carry_out
from migration_guide.kit.lab.own.config import Config, ConfigError, Written, load
from migration_guide.kit.lab.own.faults import BY_PROXY, FAULTS, WITH_LEAVE, for_services
from migration_guide.kit.lab.own.placeholders import HIDDEN, PlaceholderError, fill, hide, values
from migration_guide.kit.lab.own.run import OwnPlan, run
from migration_guide.kit.lab.runner import new_seed


@dataclass(frozen=True)
class Request:
    """The options of the command, as given."""

    file: Path
    only: tuple[str, ...]
    dry_run: bool
    allow_faults: bool
    seed: int | None
    where: Where


def main(request: Request) -> int:
    """Run, or with *dry_run* tell what would be done; the exit code.

    Raises:
        click.ClickException: the file is wrong, or a service cannot be run (code 2).

    """
    try:
        config, written = load(request.file)
        names = _faults(config, request)
        _check_placeholders(config)
    except ConfigError as error:
        raise EnvironmentFailure(str(error)) from None
    if request.dry_run:
        for line in _dry_run(config, written, names, request):
            click.echo(line)
        return 0
    plan = OwnPlan(
        config,
        written,
        root=request.file.absolute().parent,
        faults=for_services(names, config.services),
        allow_faults=request.allow_faults,
        seed=new_seed() if request.seed is None else request.seed,
    )
    return carry_out(lambda emit: run(plan, emit), plan.seed, request.where)


def _faults(config: Config, request: Request) -> Sequence[str]:
    given = request.only or config.faults
    for name in given:
        if name not in FAULTS:
            near = get_close_matches(name, FAULTS, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            where = "--only" if request.only else f"{request.file}: faults"
            raise ConfigError(
                f"{where}: {name!r} cannot be shown to any service.{hint} There are:"
                f" {', '.join(FAULTS)}."
            )
    return list(dict.fromkeys(given)) or list(FAULTS if request.allow_faults else BY_PROXY)


def _check_placeholders(config: Config) -> None:
    for name, service in config.services.items():
        known = values("", config.database_of(name).parsed)
        try:
            for text in (*service.command, *service.environment.values()):
                fill(text, known)
        except PlaceholderError as error:
            raise ConfigError(f"services.{name}: {error}") from None
        texts = " ".join((*service.command, *service.environment.values()))
        if service.command and "{database_" not in texts:
            raise ConfigError(
                f"services.{name}: nothing tells it where its database is by way of the proxy:"
                " put {database_url} into its environment"
            )


def _dry_run(
    config: Config, services: Mapping[str, Written], names: Sequence[str], request: Request
) -> Iterator[str]:
    yield "Nothing is started. This is what would be done:"
    for name, service in config.services.items():
        written = services[name]
        host, port = config.database_of(name).address
        proxy = service.listen or "127.0.0.1:PORT"
        yield f"\n{name}: a proxy on {proxy} before its database on {host}:{port}"
        shown = config.database_of(name).parsed.set(
            host="127.0.0.1", port=1, password=HIDDEN, username="USER"
        )
        known = {**values("PORT", shown), "database_port": "PROXY"}
        known["database_url"] = hide(known["database_url"].replace(":1/", ":PROXY/"))
        if service.command:
            yield f"  started in {request.file.absolute().parent / service.folder}:"
            yield f"    {shlex.join(fill(word, known) for word in written.command)}"
            for key, text in written.environment.items():
                yield f"    {key}={fill(text, known)}"
        else:
            yield f"  runs already at {written.url}; it is not started or stopped"
        yield f"  well when GET {written.health} is answered with 2xx"
        probes = zip(written.probes, service.probes, strict=True)
        expected = (f"{name} ({probe.expect or '2xx'})" for name, probe in probes)
        yield f"  {config.rate:g} requests a second, in turn: {', '.join(expected)}"
    yield "\nFaults, each on every service, with what is expected:"
    for name in names:
        fault, claim = FAULTS[name]
        without = name in WITH_LEAVE and not request.allow_faults
        yield f"  {name}: {fault.summary}: {claim.text}" + (
            "; skipped without --allow-faults" if without else ""
        )
    if left := [name for name in WITH_LEAVE if name not in names]:
        yield f"Only with --allow-faults: {', '.join(left)}"

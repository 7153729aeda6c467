"""A run from its first event to its last: kept in a folder, shown while it goes on, reported."""

import contextlib
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from migration_guide.kit import interrupts
from migration_guide.kit.failures import EnvironmentFailure
from migration_guide.kit.lab import server
from migration_guide.kit.lab.journal import Emit
from migration_guide.kit.lab.postgres import PostgresError
from migration_guide.kit.lab.results import Cell, Event
from migration_guide.kit.lab.stage import LOAD_ERRORS
from migration_guide.kit.lab.store import Store, StoreError, given_folder, new_folder
from migration_guide.kit.report import json
from migration_guide.kit.report.console import ConsoleReport
from migration_guide.kit.report.html import HtmlReport
from migration_guide.kit.report.live import LiveReport
from migration_guide.kit.report.summary import Results

ENVIRONMENT_ERRORS = (PostgresError, server.ServerError, *LOAD_ERRORS)

RUNS = Path("runs")
RESULTS, PAGE = "results.json", "report.html"

Work = Callable[[Emit], Coroutine[Any, Any, None]]


@dataclass(frozen=True)
class Where:
    """Where the results go.

    Attributes:
        out: the folder of the run; by default a new one in `RUNS`.
        json_file: - for stdout; what a person reads then goes to stderr.

    """

    out: Path | None = None
    json_file: Path | None = None


def carry_out(work: Work, seed: int, where: Where) -> int:
    """Do the *work*, which tells its events, and report; the exit code.

    What an interrupted run has seen is kept and reported too.

    Raises:
        click.ClickException: an environment in which it cannot run (code 2).

    """
    store = _store(seed, where)
    results, page, live = Results(), HtmlReport(store.folder), LiveReport()
    console = ConsoleReport(to_stderr=where.json_file == Path("-"))
    writers: tuple[Emit, ...] = (store, results, page, live, console)

    def emit(event: Event) -> None:
        for writer in writers:
            writer(event)

    with contextlib.ExitStack() as last:  # each of them, even if one before it fails
        last.callback(_report, results, page, store.folder, where)
        last.callback(store.close)
        last.callback(live.close)
        try:
            interrupts.run(work(emit))
        except interrupts.InterruptedRunError as interruption:
            return interruption.exit_code
        except ENVIRONMENT_ERRORS as error:
            raise EnvironmentFailure(str(error) or type(error).__name__) from None
    return _exit_code(results.cells)


def _store(seed: int, where: Where) -> Store:
    try:
        if where.out is not None:
            return Store(given_folder(where.out))
        return Store(new_folder(RUNS, seed), latest=RUNS / "latest")
    except StoreError as error:
        raise EnvironmentFailure(str(error)) from None


def _report(results: Results, page: HtmlReport, folder: Path, where: Where) -> None:
    """Of a run that has started."""
    if results.run is None:
        return
    document = json.document(results)
    json.write(document, folder / RESULTS)
    json.write_text(page.text(), folder / PAGE)
    if where.json_file is not None:
        json.write(document, where.json_file)
    click.echo(f"The report: {folder / PAGE}", err=True)


def _exit_code(cells: Sequence[Cell]) -> int:
    if any(cell.held is False for cell in cells):
        return 1
    inconclusive = any(cell.status == "inconclusive" for cell in cells)
    return 3 if inconclusive or not any(cell.held for cell in cells) else 0

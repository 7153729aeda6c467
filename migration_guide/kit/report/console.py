"""The results on a terminal or in a log: each verdict, the table of the claims, the totals."""

import sys
from collections.abc import Iterator, Sequence
from typing import TextIO

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from migration_guide.kit.lab.results import Cell, Event, RunFinished
from migration_guide.kit.report import load
from migration_guide.kit.report.scores import Score, tell_recovery
from migration_guide.kit.report.summary import Results, Summary, Tone
from migration_guide.kit.report.words import (
    Story,
    errors,
    stories,
    tell_claims,
    verdict,
)

PLAIN_WIDTH = 110
"""Of a table that does not go to a terminal: wide enough that nothing wraps."""


MOST_FAULTS_IN_FULL = 10
"""Of more faults than that, only what they cost is shown; the JSON has all figures."""

MATRIX_PROFILES = ("bare", "same-settings", "hardened", "own")

STYLES = {True: "", False: "bold red", None: "dim"}
TONES: dict[Tone, str] = {
    "good": "bold green",
    "mixed": "bold yellow",
    "bad": "bold red",
    "unknown": "bold yellow",
}


class Report:
    """Results on stdout or, where that has the JSON, on stderr; progress on stderr.

    The status line is shown on a terminal alone, until `close`.
    """

    def __init__(self, *, results_to_stderr: bool = False) -> None:
        self._results = make_console(sys.stderr if results_to_stderr else sys.stdout)
        self._progress = make_console(sys.stderr)
        self._status = self._progress.status("Starting PostgreSQL")
        if self._progress.is_terminal:
            self._status.start()

    def close(self) -> None:
        self._status.stop()


class ConsoleReport:
    """The results of a run at its end; *live* shows them while it goes on."""

    def __init__(self, *, to_stderr: bool = False) -> None:
        self._out = make_console(sys.stderr if to_stderr else sys.stdout)
        self._results = Results()

    def __call__(self, event: Event) -> None:
        self._results(event)
        if isinstance(event, RunFinished):
            self._show()

    def _show(self) -> None:
        results, out = self._results, self._out
        summary = Summary(results)
        faults = results.run.faults if results.run else {}
        for story in stories(faults, results.cells):
            self._tell(story)
        if results.cells:
            shown = {cell.fault for cell in results.cells}
            table = _table if len(shown) <= MOST_FAULTS_IN_FULL else _matrix
            out.print(table(results.cells, summary.stacks))
        if found := errors(results.cells):
            out.print("\n[bold]What failed requests were told[/]")
            out.print(_errors(found))
        if results.load:
            self._show_load()
        out.print()
        if summary.scores:
            out.print(_scores(summary.scores))
            out.print()
        for line in summary.comparisons():
            out.print(line, highlight=False, markup=False)
        for line in summary.watch():
            out.print(
                line, style=STYLES[False] if " is worse than " in line else None, markup=False
            )
        out.print(summary.verdict, style=TONES[summary.tone], highlight=False, markup=False)
        out.print(self._last_line(), highlight=False, markup=False)

    def _tell(self, story: Story) -> None:
        out = self._out
        out.print(f"[bold]{escape(story.fault)}[/]: {escape(story.info.summary)}", highlight=False)
        previous = None
        for told in story.told:
            profile = "" if told.profile == previous else told.profile
            previous = told.profile
            line = Table.grid(padding=(0, 1))
            line.add_column(width=max(map(len, MATRIX_PROFILES)))
            line.add_column()
            line.add_row(
                profile, Text(told.sentence, STYLES[told.held] if told.held is False else "")
            )
            out.print(Padding(line, (0, 0, 0, 2)))
        if story.info.page:
            out.print(f"  more: {story.info.page}", style="dim", highlight=False, markup=False)

    def _show_load(self) -> None:
        steps, out = self._results.load, self._out
        for first in load.scenarios(steps):
            out.print(f"\n[bold]Under load[/]: {escape(load.title(first))}", highlight=False)
            table = make_table(["clients", "stack", "profile"], load.FIGURES)
            for row in load.rows(steps, first.scenario):
                table.add_row(*row)
            out.print(table)
        for line in (load.EXPLAINED, *load.sentences(steps)):
            out.print(line, highlight=False, markup=False)

    def _last_line(self) -> str:
        run, finished = self._results.run, self._results.finished
        took = f" {finished.seconds:.0f} s," if finished and finished.seconds is not None else ""
        seed = run.seed if run else 0
        return f"Claims: {tell_claims(self._results.cells)}.{took} seed {seed}."


def make_console(file: TextIO) -> Console:
    console = Console(file=file, soft_wrap=False)
    if not console.is_terminal:
        console.width = PLAIN_WIDTH
    return console


def make_table(names: Sequence[str], figures: Sequence[str]) -> Table:
    """A table without lines: columns of names to the left, then those of figures to the right."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in names:
        table.add_column(name, no_wrap=True)
    for figure in figures:
        table.add_column(figure, justify="right", no_wrap=True)
    return table


def _table(cells: list[Cell], _: Sequence[str]) -> Table:
    table = make_table(
        ["fault", "stack", "profile"], ["sent", "failed", "hung", "slowest", "recovered in"]
    )
    table.add_column("claim", no_wrap=True)
    previous = None
    for cell in cells:
        table.add_row(
            cell.fault if cell.fault != previous else "",
            cell.stack,
            cell.profile,
            *_figures(cell),
            Text(in_capitals(cell), style=STYLES[cell.held]),
        )
        previous = cell.fault
    return table


def _matrix(cells: list[Cell], stacks: Sequence[str]) -> Table:
    """What each fault cost: a row a fault, a column a profile and stack."""
    there = {cell.profile for cell in cells}
    columns = [(s, profile) for profile in MATRIX_PROFILES if profile in there for s in stacks]
    titles = [f"{profile.removesuffix('-settings')}\n{stack}" for stack, profile in columns]
    table = make_table(["failed + hung"], titles)
    rows: dict[str, dict[tuple[str, str], Cell]] = {}
    for cell in cells:
        rows.setdefault(cell.fault, {})[cell.stack, cell.profile] = cell
    for fault, row in rows.items():
        table.add_row(fault, *(_cost(row.get(column)) for column in columns))
    return table


def _cost(cell: Cell | None) -> Text:
    """Of a claim that failed, with an exclamation mark; of one without a verdict, a question."""
    if cell is None or cell.measured is None:
        return Text("-" if cell is None else cell.status)
    failed, hung = cell.measured.failed, cell.measured.hung
    mark = {True: "", False: "!", None: "?"}[cell.held]
    return Text((f"{failed} + {hung}" if failed + hung else "0") + mark, STYLES[cell.held])


def _figures(cell: Cell) -> Iterator[str]:
    measured = cell.measured
    if measured is None:
        yield from ("-",) * 5
        return
    yield from (str(count) for count in (measured.sent, measured.failed, measured.hung))
    yield from (_milliseconds(seconds) for seconds in (measured.slowest_s, measured.recovery_s))


def _milliseconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds * 1000:.0f} ms"


def in_capitals(cell: Cell) -> str:
    """The verdict, so that one that failed is seen without colours."""
    word = verdict(cell)
    return word.upper() if word == "failed" else word


def _errors(found: list[tuple[str, int, tuple[str, ...]]]) -> Table:
    table = make_table([""], ["times"])
    table.columns[0].no_wrap = False
    table.add_column("stacks")
    for cause, count, stacks in found:
        table.add_row(Text(cause), str(count), ", ".join(stacks))
    return table


def _scores(scores: Sequence[Score]) -> Table:
    """The two stacks side by side; a column is left out where nothing of it was measured."""
    columns = {
        "got over": [f"{s.survived} of {s.faults}" for s in scores],
        "no loss": [str(s.unhurt) for s in scores],
        "lost": [str(s.lost) for s in scores],
        "hung": [str(s.hung) for s in scores],
        "worst recovery": [tell_recovery(s) for s in scores],
        "answers/s": [_number(s.per_second) for s in scores],
        "MB": [_number(s.memory_mb) for s in scores],
        "round trips": [_round_trips(s) for s in scores],
    }
    shown = {title: column for title, column in columns.items() if set(column) != {"-"}}
    table = make_table(["profile", "stack"], list(shown))
    for column in table.columns:
        if column.header == "worst recovery":
            column.no_wrap = False  # the fault's name has any length
    for number, score in enumerate(scores):
        figures = (column[number] for column in shown.values())
        table.add_row(score.profile, score.stack, *figures)
    return table


def _round_trips(score: Score) -> str:
    """Of a read and of an order."""
    if score.read_round_trips is None:
        return "-"
    return f"{_number(score.read_round_trips)} / {_number(score.write_round_trips)}"


def _number(figure: float | None) -> str:
    return "-" if figure is None else f"{figure:,.0f}"

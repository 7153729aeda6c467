"""The results as a table, with a sentence for each cell that needs one."""

import sys
from collections.abc import Sequence
from typing import TextIO

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from migration_guide.kit.lab.results import (
    Cell,
    CellFinished,
    Event,
    PairStarted,
    RunFinished,
    RunInfo,
    RunStarted,
    compare_hardened,
    find_uncovered,
)
from migration_guide.kit.lab.stacks import STACKS, Profile, Stack
from migration_guide.kit.report.json import count_claims, verdict

PLAIN_WIDTH = 110
"""Of a table that does not go to a terminal: wide enough that nothing wraps."""


MOST_FAULTS_IN_FULL = 10
"""Of more faults than that, only what they cost is shown; the JSON has all figures."""

MATRIX_PROFILES: tuple[Profile, ...] = ("bare", "same-settings", "hardened")

STYLES = {True: "", False: "bold red", None: "dim"}


class Report:
    """Results on stdout or, where that has the JSON, on stderr; progress on stderr.

    The status line is shown on a terminal alone, until `close`.
    """

    def __init__(self, *, results_to_stderr: bool = False) -> None:
        self._results = _console(sys.stderr if results_to_stderr else sys.stdout)
        self._progress = _console(sys.stderr)
        self._status = self._progress.status("Starting PostgreSQL")
        if self._progress.is_terminal:
            self._status.start()

    def close(self) -> None:
        self._status.stop()


class ConsoleReport(Report):
    """Tells each cell while the run goes on, the table at its end."""

    def __init__(self, *, results_to_stderr: bool = False) -> None:
        super().__init__(results_to_stderr=results_to_stderr)
        if not self._progress.is_terminal:
            self._progress.print("Starting PostgreSQL")
        self._run: RunInfo | None = None
        self._total = 0
        self._cells: list[Cell] = []

    def __call__(self, event: Event) -> None:
        match event:
            case RunStarted():
                self._run, self._total = event.run, event.cells
            case PairStarted():
                done = len(self._cells)
                self._status.update(f"{done}/{self._total} {event.fault} / {event.profile}")
            case CellFinished():
                self._cells.append(event.cell)
                self._tell(event.cell)
            case RunFinished():
                self._status.stop()
                self._summarise(event)

    def _tell(self, cell: Cell) -> None:
        self._progress.print(
            f"{len(self._cells)}/{self._total} {cell.name}: {_verdict(cell)}"
            f" ({cell.seconds:.0f} s)",
            highlight=False,
            markup=False,
        )

    def _summarise(self, event: RunFinished) -> None:
        out = self._results
        if self._cells:
            faults = {cell.fault for cell in self._cells}
            out.print((_table if len(faults) <= MOST_FAULTS_IN_FULL else _matrix)(self._cells))
        for names, sentence in _sentences(self._cells):
            out.print(f"[bold]{escape(names)}[/]: {escape(sentence)}", highlight=False)
        out.print()
        for line in (*_survival(self._cells), *_gaps(self._cells)):
            out.print(line, highlight=False)
        for line, style in _side_by_side(self._cells):
            out.print(line, style=style, highlight=False)
        counts = count_claims(self._cells)
        text = ", ".join(
            f"{n} {name.replace('_', ' ')}" for name, n in counts.items() if n or name == "held"
        )
        seed = self._run.seed if self._run else 0
        out.print(f"Claims: {text}. {event.seconds:.0f} s, seed {seed}.", highlight=False)
        if event.interrupted:
            out.print(
                f"Interrupted: {len(self._cells)} of {self._total} cells ran.", highlight=False
            )


def _console(file: TextIO) -> Console:
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


def _table(cells: list[Cell]) -> Table:
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
            Text(
                _verdict(cell),
                style=STYLES[cell.held],
            ),
        )
        previous = cell.fault
    return table


def _matrix(cells: list[Cell]) -> Table:
    """What each fault cost: a row a fault, a column a profile and stack."""
    columns = [(stack, profile) for profile in MATRIX_PROFILES for stack in STACKS]
    titles = [f"{profile.removesuffix('-settings')}\n{stack}" for stack, profile in columns]
    table = make_table(["failed + hung"], titles)
    rows: dict[str, dict[tuple[Stack, Profile], Cell]] = {}
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


def _figures(cell: Cell) -> tuple[str, ...]:
    measured = cell.measured
    if measured is None:
        return ("-",) * 5
    return (
        *(str(count) for count in (measured.sent, measured.failed, measured.hung)),
        *(_milliseconds(seconds) for seconds in (measured.slowest_s, measured.recovery_s)),
    )


def _milliseconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds * 1000:.0f} ms"


def _verdict(cell: Cell) -> str:
    word = verdict(cell)
    return word.upper() if word == "failed" else word


def _sentence(cell: Cell) -> str | None:
    if cell.violations:
        causes = cell.measured.causes if cell.measured else {}
        seen = "; ".join(f"{count} x {cause}" for cause, count in causes.items())
        return "; ".join(cell.violations) + (f" ({seen})" if seen else "")
    return cell.reason or cell.note


def _sentences(cells: list[Cell]) -> list[tuple[str, str]]:
    """What is to be said of the cells; what holds of both stacks alike is said once."""
    about: dict[tuple[str, str, str], list[str]] = {}
    for cell in cells:
        if sentence := _sentence(cell):
            about.setdefault((cell.fault, cell.profile, sentence), []).append(cell.stack)
    return [
        (f"{fault} / {', '.join(stacks)} / {profile}", sentence)
        for (fault, profile, sentence), stacks in about.items()
    ]


def _survival(cells: list[Cell]) -> list[str]:
    """For each stack: how many faults it got over with the two settings, and hardened."""
    lines = []
    for profile, words in (("same-settings", "with the two settings"), ("hardened", "hardened")):
        for stack in ("flask", "quart"):
            ran = [
                cell.measured
                for cell in cells
                if (cell.stack, cell.profile) == (stack, profile) and cell.measured
            ]
            if ran:
                whole = sum(measured.failed + measured.hung == 0 for measured in ran)
                lines.append(f"{stack} {words}: {whole} of {len(ran)} faults cost no request.")
    return lines


def _gaps(cells: list[Cell]) -> list[str]:
    return [
        f"{stack}: not covered by the two settings: {', '.join(faults)}."
        for stack, faults in find_uncovered(cells).items()
        if faults
    ]


def _side_by_side(cells: list[Cell]) -> list[tuple[str, str]]:
    """Whether the move costs anything, where both are hardened: lines, each with its style."""
    compared = compare_hardened(cells)
    worse = [one for one in compared if one.worse]
    lines = [
        (f"{one.fault}: hardened, quart is worse than flask: {'; '.join(one.worse)}", STYLES[False])
        for one in worse
    ]
    if compared:
        share = f"{len(compared) - len(worse)} of {len(compared)} faults"
        lines.append((f"Hardened, quart does as well as flask or better in {share}.", ""))
    return lines

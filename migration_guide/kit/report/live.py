"""A run while it goes on: on a terminal a table with the time left, else a line for each cell."""

import sys
import time

from rich.console import Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from migration_guide.kit.lab.results import (
    CellFinished,
    Event,
    LoadMeasured,
    PairStarted,
    RunFinished,
    RunStarted,
)
from migration_guide.kit.report.console import STYLES, in_capitals, make_console
from migration_guide.kit.report.summary import Results
from migration_guide.kit.report.words import did

LAST = 10
"""Cells that are shown while the run goes on."""
STEP_S = 7.0
"""Of load, about."""


class LiveReport:
    """On stderr, until `close`."""

    def __init__(self) -> None:
        self._console = make_console(sys.stderr)
        self._results = Results()
        self._doing = "Starting PostgreSQL"
        self._began = time.monotonic()
        self._live: Live | None = None
        if self._console.is_terminal:
            self._live = Live(
                get_renderable=self._render,
                console=self._console,
                transient=True,
                refresh_per_second=4,
            )
            self._live.start()
        else:
            self._console.print(self._doing)

    def close(self) -> None:
        if self._live is not None:
            self._live.stop()

    def __call__(self, event: Event) -> None:
        self._results(event)
        match event:
            case RunStarted():
                self._began = time.monotonic()
            case PairStarted():
                self._doing = f"{event.fault} / {event.profile}"
            case CellFinished():
                cell = event.cell
                text = f"{cell.name}: {in_capitals(cell)} ({cell.seconds:.0f} s)"
                self._line(f"{len(self._results.cells)}/{self._planned} {text}")
            case LoadMeasured():
                step = event.step
                about = f"{step.scenario}, {step.clients} clients: {step.stack} / {step.profile}"
                self._doing = f"load: {about}"
                self._line(f"{self._doing}: {step.per_second:.0f} answers/s")
            case RunFinished():
                self.close()

    @property
    def _planned(self) -> int:
        return len(self._results.run.schedule) if self._results.run else 0

    def _line(self, text: str) -> None:
        if self._live is None:
            self._console.print(text, highlight=False, markup=False)

    def _render(self) -> RenderableType:
        table = Table(box=None, pad_edge=False, header_style="bold", show_header=False)
        for width in (None, 12, None):
            table.add_column(width=width, no_wrap=True, overflow="ellipsis")
        for cell in self._results.cells[-LAST:]:
            # What a service says is text, and no markup.
            texts = Text(cell.name), Text(in_capitals(cell), STYLES[cell.held]), Text(did(cell))
            table.add_row(*texts)
        return Group(table, self._bar())

    def _bar(self) -> RenderableType:
        done_s, all_s = self._weights()
        left = ""
        passed_s = time.monotonic() - self._began
        if done_s:
            left = f"{_minutes(passed_s * (all_s - done_s) / done_s)} left"
        bar = Table.grid(padding=(0, 1))
        bar.add_row(
            ProgressBar(total=max(all_s, 1), completed=done_s, width=30),
            f"{len(self._results.cells)}/{self._planned}",
            f"{_minutes(passed_s)}, {left}" if left else _minutes(passed_s),
            Text(self._doing),
        )
        return bar

    def _weights(self) -> tuple[float, float]:
        """Of what is done and of all, in about the seconds that it takes."""
        run = self._results.run
        if run is None:
            return 0.0, 0.0
        cells = [one.seconds for one in run.schedule]
        load_s = STEP_S * run.load_steps
        done_s = sum(cells[: len(self._results.cells)]) + STEP_S * len(self._results.load)
        return done_s, sum(cells) + load_s


def _minutes(seconds: float) -> str:
    return f"{seconds // 60:.0f}:{seconds % 60:02.0f}"

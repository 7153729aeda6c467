"""The results as one page that opens offline."""

from collections.abc import Iterator
from pathlib import Path

from migration_guide.kit.lab.results import Event, RequestFinished
from migration_guide.kit.report.html.history import History
from migration_guide.kit.report.html.marks import GRIDS, MOST_SINGLE, SINGLE, Drawing, length
from migration_guide.kit.report.html.page import render
from migration_guide.kit.report.summary import Results

LIMIT = 960_000
"""Bytes of a page, which is to stay under 1 MB."""
FEWER = (300, 100, 30, 0)
"""Faults that a page tells of if it cannot tell of all, as of a thousand random schedules."""


class HtmlReport:
    """Collects the events of one run, its requests included.

    Args:
        folder: of the run; its name is told, for those who look for the raw data.

    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._results = Results()
        self._history = History()

    def __call__(self, event: Event) -> None:
        if isinstance(event, RequestFinished):
            self._history.add(event.record)
        else:
            self._results(event)

    def text(self) -> str:
        """Of a run that has started; may be had at any time.

        Drawn as finely as the page's size allows.
        """
        for drawing in self._drawings():
            text = render(self._results, self._history, self._folder, drawing)
            if len(text.encode(errors="replace")) <= LIMIT:
                break
        return text

    def _drawings(self) -> Iterator[Drawing]:
        """From fine to coarse, without those that would not fit."""
        if len(self._history) <= MOST_SINGLE:
            yield Drawing(SINGLE)
        empty = render(self._results, self._history, self._folder, Drawing(grid=None))
        room = LIMIT - len(empty.encode())
        for grid in GRIDS:
            if length(self._history.values(), grid, most=room) <= room:
                yield Drawing(grid)
        for most in (None, *FEWER):
            yield Drawing(grid=None, pictures=False, most=most)

"""Every request of a run, one JSON object a line, for who wants to know what really happened."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from migration_guide.kit.lab.results import Cell, CellFinished, Event


class HistoryReport:
    """Appends to *file* as the cells finish.

    Without one, only the history of a cell that has lost, doubled or halved an order is kept, in a
    file named after the seed in the current folder; `kept` tells which.
    """

    def __init__(self, file: Path | None, seed: int) -> None:
        self._file = file or Path(f"port-kit-history-{seed}.ndjson")
        self._all = file is not None
        self.kept: Path | None = None

    def __call__(self, event: Event) -> None:
        if isinstance(event, CellFinished) and (self._all or _is_wrong(event.cell)):
            with self._file.open("a", encoding="utf-8") as out:
                out.writelines(json.dumps(line) + "\n" for line in _lines(event.cell))
            self.kept = self._file


def _is_wrong(cell: Cell) -> bool:
    measured = cell.measured
    return measured is not None and any(
        (measured.lost_writes, measured.doubled_writes, measured.half_writes, measured.stock_off_by)
    )


def _lines(cell: Cell) -> Iterator[dict[str, Any]]:
    """Times are seconds from the cell's first request; an attempt above 1 repeats an order."""
    start = cell.history[0].start if cell.history else 0.0
    for request in cell.history:
        line = asdict(request)
        order = line.pop("order")
        line["start"] = round(request.start - start, 4)
        line["end"] = None if request.end is None else round(request.end - start, 4)
        yield {
            "fault": cell.fault,
            "stack": cell.stack,
            "profile": cell.profile,
            **line,
            "reference": order and order["reference"],
        }

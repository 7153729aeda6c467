"""Requests as marks: each by itself while they are few, else those alike on one spot of a grid."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from migration_guide.kit.lab.open_loop import Outcome
from migration_guide.kit.report.html.history import OUTCOMES, Trace
from migration_guide.kit.report.html.svg import BAR, CROSS, DOT, TENTHS, Mark, marks

MOST_SINGLE = 2_000
"""So many requests of a page are each a mark of their own."""

SHORTEST_S = 0.001
"""The lower end of the axis; what was quicker lies on it."""

SHAPES: Mapping[Outcome, Mark] = {"ok": DOT, "failed": CROSS, "hung": BAR}

MORE, MANY = 2, 10
"""From so many requests on a spot, its mark is larger."""


class Grid(NamedTuple):
    """The spots, in tenths of a pixel: of requests that succeeded, and of those that were lost."""

    ok: int
    lost: int

    def of(self, outcome: Outcome) -> int:
        return self.ok if outcome == "ok" else self.lost


PLOT_WIDTH, PLOT_HEIGHT = 334, 80
ROWS = 1024
"""More than there are tenths of a pixel from top to bottom."""
LONGEST_S = 5.0

SINGLE = Grid(1, 1)
GRIDS = (
    *(Grid(ok, 1) for ok in (10, 20, 30, 40, 60, 80)),
    *(Grid(40, 5), Grid(60, 10), Grid(80, 20), Grid(80, 30), Grid(100, 40)),
    *(Grid(120, 60), Grid(160, 80), Grid(200, 120), Grid(240, 160)),
)
"""From fine to coarse; the first that lets the page stay small is taken."""


@dataclass(frozen=True)
class Drawing:
    """How requests are drawn, and of how many faults the page tells.

    Attributes:
        grid: None for empty axes.
        pictures: whether there are any.
        most: faults with a section of their own; None for all.

    """

    grid: Grid | None
    pictures: bool = True
    most: int | None = None


@dataclass(frozen=True)
class Scale:
    """From seconds to tenths of a pixel.

    Attributes:
        span_s: of the whole width.
        longest_s: at the top, which is 0; the axis is logarithmic.

    """

    span_s: float
    longest_s: float

    def x(self, seconds: float) -> int:
        return round(min(max(seconds / self.span_s, 0.0), 1.0) * PLOT_WIDTH * TENTHS)

    def y(self, seconds: float) -> int:
        seconds = min(max(seconds, SHORTEST_S), self.longest_s)
        part = math.log(self.longest_s / seconds) / math.log(self.longest_s / SHORTEST_S)
        return round(part * PLOT_HEIGHT * TENTHS)


def draw(trace: Trace, scale: Scale, grid: Grid) -> Iterator[tuple[str, str]]:
    """Classes and path data: one of each outcome, more where some marks are larger."""
    for outcome, spots in zip(OUTCOMES, _spots(trace, scale, grid), strict=True):
        size = grid.of(outcome)
        marked: dict[str, list[tuple[int, int]]] = {}
        for spot in sorted(spots):
            column, row = divmod(spot, ROWS)
            x = min(column * size + size // 2, PLOT_WIDTH * TENTHS)
            # What hung lies on the deadline's line itself.
            y = 0 if outcome == "hung" else min(row * size + size // 2, PLOT_HEIGHT * TENTHS)
            marked.setdefault(_weight(spots[spot], grid), []).append((x, y))
        for weight, places in marked.items():
            yield f"{outcome}{weight}", marks(SHAPES[outcome], places)


def length(traces: Iterable[Trace], grid: Grid, most: int) -> int:
    """About how many bytes the marks take; counted until they are more than *most*."""
    total = 0
    for trace in traces:
        scale = Scale(trace.last_s - trace.began_s or 1.0, LONGEST_S)
        total += sum(len(data) for _, data in draw(trace, scale, grid))
        if total > most:
            break
    return total


def _weight(count: int, grid: Grid) -> str:
    if grid == SINGLE or count < MORE:
        return ""
    return " many" if count >= MANY else " more"


def _spots(trace: Trace, scale: Scale, grid: Grid) -> list[dict[int, int]]:
    """Of each outcome, how many requests lie on each spot: its column times `ROWS`, and its row.

    As `Scale.x` and `Scale.y` say; written out, as it is done for every request of a run.
    """
    sizes = [grid.of(outcome) for outcome in OUTCOMES]
    found: list[dict[int, int]] = [{} for _ in OUTCOMES]
    began_s, right, log = trace.began_s, PLOT_WIDTH * TENTHS, math.log
    across = right / scale.span_s
    longest_s, shortest_s, hung = scale.longest_s, SHORTEST_S, OUTCOMES.index("hung")
    down = PLOT_HEIGHT * TENTHS / log(longest_s / shortest_s)
    bottom = PLOT_HEIGHT * TENTHS
    for start_s, took_s, outcome in zip(trace.start_s, trace.took_s, trace.outcomes, strict=True):
        x = int((start_s - began_s) * across + 0.5)
        if outcome == hung or took_s >= longest_s:  # took the deadline, whatever the clock says
            y = 0
        else:
            y = int(log(longest_s / took_s) * down + 0.5) if took_s > shortest_s else bottom
        size, spots = sizes[outcome], found[outcome]
        spot = min(x, right) // size * ROWS + y // size
        spots[spot] = spots.get(spot, 0) + 1
    return found

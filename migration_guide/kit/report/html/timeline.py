"""A fault under one profile: every request of each stack, one stack above the other."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from migration_guide.kit.lab.open_loop import Outcome
from migration_guide.kit.lab.results import Cell, Measured
from migration_guide.kit.report.html.history import OUTCOMES, Trace
from migration_guide.kit.report.html.marks import (
    PLOT_HEIGHT,
    PLOT_WIDTH,
    SHORTEST_S,
    Grid,
    Scale,
    draw,
)
from migration_guide.kit.report.html.svg import TENTHS, Picture
from migration_guide.kit.report.words import duration, lost

LEFT, RIGHT = 44, 6
WIDTH = LEFT + PLOT_WIDTH + RIGHT
HEAD, PLOT, GAP, FOOT = 19, PLOT_HEIGHT, 12, 20
NARROWEST = 1.5
"""Of the fault's window, in pixels."""
TEXT_DROP = 3.5
"""From the middle of a line of text to its base line."""

AXES = "lane"
"""The id of what every lane shows."""

DECADES = (0.001, 0.01, 0.1, 1.0, 10.0, 100.0)
STEPS_S = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600)
MOST_STEPS = 7

SUCCEEDED: Mapping[Outcome, str] = {"ok": "succeeded", "failed": "failed", "hung": "hung"}


@dataclass(frozen=True)
class Lane:
    """One stack's part of a picture."""

    stack: str
    cell: Cell
    trace: Trace | None

    @property
    def span_s(self) -> float:
        """From the cell's first request until its last one, or the end of the fault."""
        if self.trace is None:
            return 0.0
        measured = self.cell.measured
        over_s = measured.over_s if measured and measured.over_s is not None else 0.0
        return max(self.trace.last_s, over_s) - self.trace.began_s


def span(lanes: Iterable[Lane]) -> float:
    """What all of *lanes* have room in."""
    return max((lane.span_s for lane in lanes), default=0.0) or 1.0


def picture(
    name: str,
    title: str,
    lanes: Sequence[Lane],
    span_s: float,
    deadline_s: float,
    grid: Grid | None,
) -> Markup:
    """*lanes* below each other; without *grid*, all but the marks."""
    height = len(lanes) * (HEAD + PLOT) + (len(lanes) - 1) * GAP + FOOT
    drawing = Picture(WIDTH, height)
    scale = Scale(span_s, _longest_s(deadline_s))
    for number, lane in enumerate(lanes):
        top = number * (HEAD + PLOT + GAP) + HEAD
        _lane(drawing, lane, top, scale, grid)
    _seconds(drawing, scale, height - FOOT)
    return drawing.render(name, title, " ".join(describe(lane, deadline_s) for lane in lanes))


def describe(lane: Lane, deadline_s: float) -> str:
    """What is drawn, in figures."""
    trace, measured = lane.trace, lane.cell.measured
    if trace is None:
        return f"{lane.stack}: no request is known ({lane.cell.status})."
    counts = ", ".join(f"{trace.count(one)} {SUCCEEDED[one]}" for one in OUTCOMES)
    text = f"{lane.stack}: {len(trace)} requests, {counts} (no answer within {deadline_s:g} s)."
    if (window := _window(trace, measured)) is not None:
        struck_s, over_s = window
        text += (
            f" The fault struck {duration(struck_s)} after the first request and was over"
            f" {duration(over_s - struck_s)} later."
        )
    return text


def _window(trace: Trace, measured: Measured | None) -> tuple[float, float] | None:
    """When the fault struck and was over, in seconds of the cell."""
    if measured is None or measured.struck_s is None or measured.over_s is None:
        return None
    return measured.struck_s - trace.began_s, measured.over_s - trace.began_s


def _lane(drawing: Picture, lane: Lane, top: int, scale: Scale, grid: Grid | None) -> None:
    measured, trace = lane.cell.measured, lane.trace
    drawing.text(LEFT, top - 7, lane.stack, "who")
    told = lost(measured) if measured else lane.cell.status
    drawing.text(WIDTH - RIGHT, top - 7, told, "told", "end")
    if trace and (window := _window(trace, measured)) is not None:
        left, right = (scale.x(seconds) / TENTHS for seconds in window)
        width = max(right - left, NARROWEST)
        drawing.box(LEFT + left, top, width, PLOT, "window")
        drawing.vertical(LEFT + left, top, PLOT, "edge")
    drawing.use(AXES, top)
    if trace and grid:
        drawing.group(LEFT, top, draw(trace, scale, grid))


def axes(deadline_s: float) -> Markup:
    """What all lanes of a page have in common; it has to be in the page once."""
    scale = Scale(1.0, _longest_s(deadline_s))
    drawing = Picture(WIDTH, PLOT)
    for seconds, label in _ticks(scale.longest_s):
        y = scale.y(seconds) / TENTHS
        if seconds > SHORTEST_S:
            drawing.horizontal(LEFT, y, PLOT_WIDTH, "grid")
        drawing.text(LEFT - 5, y + TEXT_DROP, label, "", "end")
    drawing.horizontal(LEFT, PLOT, PLOT_WIDTH, "axis")
    drawing.horizontal(LEFT, 0, PLOT_WIDTH, "deadline")
    drawing.text(LEFT - 5, TEXT_DROP, f"{scale.longest_s:g} s", "limit", "end")
    return drawing.define(AXES)


def _longest_s(deadline_s: float) -> float:
    return max(deadline_s, SHORTEST_S * 2)


def _ticks(deadline_s: float) -> Iterator[tuple[float, str]]:
    """A line for each power of ten that is not too near to the deadline's."""
    for seconds in DECADES:
        if seconds * 2 < deadline_s:
            yield seconds, f"{seconds * 1000:g} ms" if seconds < 1 else f"{seconds:g} s"


def _seconds(drawing: Picture, scale: Scale, y: int) -> None:
    """The axis at the bottom, which all lanes share."""
    step_s = next((s for s in STEPS_S if scale.span_s / s <= MOST_STEPS), scale.span_s)
    for number in range(math.floor(scale.span_s / step_s + 1e-9) + 1):
        seconds = number * step_s
        x = LEFT + scale.x(seconds) / TENTHS
        drawing.vertical(x, y, 3, "axis")
        drawing.text(x, y + 14, f"{seconds:g} s" if number else "0", "", "middle")

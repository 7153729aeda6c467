"""Lines over two axes."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from migration_guide.kit.report.html.svg import (
    DIAMOND,
    DOT,
    SQUARE,
    TENTHS,
    TRIANGLE,
    Picture,
    line_through,
    marks,
)

WIDTH, HEIGHT = 384, 220
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 22, 36
TEXT_DROP = 3.5
TITLE = 11
"""The baseline of what stands above the axes."""
LABEL_WIDTH, LABEL_HEIGHT, LABEL_GAP = 58, 11, 6
LONGEST_LABEL = 10
"""Of a line's end: characters; more lines than one have labels."""
MOST_TICKS = 6
SHAPES = {"s0": DOT, "s1": DIAMOND, "s2": SQUARE, "s3": TRIANGLE}
"""Of the points, so that the stacks are told apart without colours."""
KEY = (120, 60)
"""Where the point of a legend's key is, in tenths of a pixel."""


@dataclass(frozen=True)
class Line:
    """*kind* is of the page's CSS."""

    label: str
    kind: str
    points: tuple[tuple[float, float], ...]

    def spots(self, places: Iterable[tuple[int, int]]) -> str:
        """Path data of points at *places*; a plain line has none."""
        shape = next((SHAPES[one] for one in self.kind.split() if one in SHAPES), None)
        return marks(shape, places) if shape else ""


@dataclass(frozen=True)
class Axis:
    """From *low* to *high*, or from one power of ten to another."""

    title: str
    low: float
    high: float
    logarithmic: bool = False

    def part(self, value: float) -> float:
        """Where *value* lies, from 0 to 1."""
        low, high, value = self.low, self.high, min(max(value, self.low), self.high)
        if self.logarithmic:
            low, high, value = math.log(low), math.log(high), math.log(value)
        return (value - low) / (high - low)

    def ticks(self) -> Iterator[float]:
        if self.logarithmic:
            first, last = round(math.log10(self.low)), round(math.log10(self.high))
            yield from (10.0**power for power in range(first, last + 1))
            return
        step = _step(self.high - self.low)
        first = math.ceil(self.low / step - 1e-9)
        for number in range(first, math.floor(self.high / step + 1e-9) + 1):
            yield number * step


def linear(title: str, values: Sequence[float]) -> Axis:
    """From 0 to a little more than the largest of *values*."""
    high = max(values, default=0.0) or 1.0
    step = _step(high)
    return Axis(title, 0.0, math.ceil(high / step - 1e-9) * step)


def logarithmic(title: str, values: Sequence[float]) -> Axis:
    """Of whole powers of ten."""
    found = [value for value in values if value > 0] or [1.0]
    low, high = math.floor(math.log10(min(found))), math.ceil(math.log10(max(found)))
    return Axis(title, 10.0**low, 10.0 ** max(high, low + 1), logarithmic=True)


def chart(
    name: str,
    title: str,
    lines: Sequence[Line],
    x: Axis,
    y: Axis,
    *,
    at: tuple[float, str] | None = None,
) -> Markup:
    """*lines* over the axes; *at* is where a fault struck, and its name."""
    drawing = Picture(WIDTH, HEIGHT)
    several = len(lines) > 1
    width = WIDTH - LEFT - RIGHT - LABEL_WIDTH * several
    _axes(drawing, x, y, width)
    if at is not None:
        place, fault = LEFT + x.part(at[0]) * width, at[1]
        drawing.vertical(place, TOP, _PLOT_HEIGHT, "struck")
        drawing.text(place, TITLE, fault, "", "middle")
    ends = {}
    for line in lines:
        places = [
            (LEFT + x.part(px) * width, TOP + (1 - y.part(py)) * _PLOT_HEIGHT)
            for px, py in line.points
        ]
        if len(places) > 1:
            drawing.path(line_through(places), f"line {line.kind}")
        spots = [(round(px * TENTHS), round(py * TENTHS)) for px, py in places]
        if points := line.spots(spots):
            drawing.path(points, f"point {line.kind}")
            ends[line.label] = places[-1]
    if several:
        _label(drawing, ends)
    return drawing.render(name, title, _describe(lines, x, y))


_PLOT_HEIGHT = HEIGHT - TOP - BOTTOM


def _label(drawing: Picture, ends: Mapping[str, tuple[float, float]]) -> None:
    """Name each line at its end; where ends are close, one beneath the other."""
    free = 0.0
    for label, (x, y) in sorted(ends.items(), key=lambda one: one[1][1]):
        free = max(y + TEXT_DROP, free)
        text = label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1]}…"
        drawing.text(x + LABEL_GAP, free, text)
        free += LABEL_HEIGHT


def _axes(drawing: Picture, x: Axis, y: Axis, width: float) -> None:
    bottom = TOP + _PLOT_HEIGHT
    drawing.text(0, TITLE, y.title, "title")
    drawing.text(LEFT + width, HEIGHT - 4, x.title, "title", "end")
    for tick in y.ticks():
        height = TOP + (1 - y.part(tick)) * _PLOT_HEIGHT
        drawing.horizontal(LEFT, height, width, "grid")
        drawing.text(LEFT - 5, height + TEXT_DROP, f"{tick:,g}", "", "end")
    drawing.horizontal(LEFT, bottom, width, "axis")
    for tick in x.ticks():
        place = LEFT + x.part(tick) * width
        drawing.vertical(place, bottom, 3, "axis")
        drawing.text(place, bottom + 15, f"{tick:,g}", "", "middle")


def _describe(lines: Sequence[Line], x: Axis, y: Axis) -> str:
    """Where each line begins and ends; the table beneath has all of it."""
    told = [f"{y.title} against {x.title}."]
    for line in lines:
        if line.points:
            (first_x, first_y), (last_x, last_y) = line.points[0], line.points[-1]
            text = f"from {first_y:,.4g} at {first_x:,g} to {last_y:,.4g} at {last_x:,g}"
            told.append(f"{line.label}: {text}.")
    return " ".join(told)


def _step(span: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that needs few steps."""
    power = 10.0 ** math.floor(math.log10(span / MOST_TICKS))
    return next(
        (power * factor for factor in (1, 2, 5) if span / (power * factor) <= MOST_TICKS),
        power * 10,
    )

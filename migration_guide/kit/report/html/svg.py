"""Small pictures, as SVG that lies in the page.

No library is used, as none was found that is maintained and does all of: colours that follow the
page's own CSS (light, dark, print), a title and a description for those who do not see, no script,
and a thousand marks in a few kilobytes. What is needed of SVG is little.
"""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from markupsafe import Markup, escape

Anchor = Literal["start", "middle", "end"]

TENTHS = 10
"""Marks lie on whole tenths of a pixel."""


class Mark(NamedTuple):
    """A shape as path data, relative, in tenths of a pixel.

    Attributes:
        first: from the mark's place to where the pen is set down.
        strokes: what is drawn from there.
        last: from the mark's place to where the pen is left.

    """

    first: tuple[int, int]
    strokes: str
    last: tuple[int, int]


DOT = Mark((0, 0), "h0", (0, 0))
"""A line of no length, which a round cap makes a dot."""
DIAMOND = Mark((0, -38), "l3.8 3.8-3.8 3.8-3.8-3.8z", (0, -38))
SQUARE = Mark((-28, -28), "h5.6v5.6h-5.6z", (-28, -28))
TRIANGLE = Mark((0, -36), "l3.6 6.4h-7.2z", (0, -36))
CROSS = Mark((-30, -30), "l6 6m0-6l-6 6", (-30, 30))
BAR = Mark((0, 0), "v9", (0, 90))


def marks(mark: Mark, places: Iterable[tuple[int, int]]) -> str:
    """Path data with *mark* at each of *places*, which are tenths of a pixel."""
    found, pen_x, pen_y = [], 0, 0
    for x, y in places:
        to_x, to_y = x + mark.first[0], y + mark.first[1]
        found.append(f"m{_pair(to_x - pen_x, to_y - pen_y)}{mark.strokes}")
        pen_x, pen_y = x + mark.last[0], y + mark.last[1]
    return "".join(found)


def line_through(points: Iterable[tuple[float, float]]) -> str:
    """Path data of a line, in pixels."""
    return "M" + "L".join(_pair(*(round(value * TENTHS) for value in point)) for point in points)


class Picture:
    """What is drawn first lies below; the classes are those of the page's CSS."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self._parts: list[str] = []

    def path(self, data: str, kind: str) -> None:
        if data:
            self._parts.append(f'<path class="{escape(kind)}" d="{escape(data)}"/>')

    def horizontal(self, x: float, y: float, width: float, kind: str) -> None:
        self.path(f"M{_of(x)} {_of(y)}h{_of(width)}", kind)

    def vertical(self, x: float, y: float, height: float, kind: str) -> None:
        self.path(f"M{_of(x)} {_of(y)}v{_of(height)}", kind)

    def box(self, x: float, y: float, width: float, height: float, kind: str) -> None:
        data = f"M{_of(x)} {_of(y)}h{_of(width)}v{_of(height)}h{_of(-width)}z"
        self.path(data, kind)

    def use(self, name: str, y: float) -> None:
        """What `define` has put into the page."""
        self._parts.append(f'<use href="#{escape(name)}" y="{_of(y)}"/>')

    def define(self, name: str) -> Markup:
        """As what other pictures of the page can use."""
        return Markup(f'<g id="{escape(name)}">{"".join(self._parts)}</g>')  # noqa: S704

    def group(self, x: float, y: float, paths: Iterable[tuple[str, str]]) -> None:
        """Classes and data of marks, whose places count from a corner of their own."""
        self._parts.append(f'<g class="marks" transform="translate({_of(x)} {_of(y)})">')
        for kind, data in paths:
            self.path(data, kind)
        self._parts.append("</g>")

    def text(self, x: float, y: float, text: str, kind: str = "", anchor: Anchor = "start") -> None:
        classes = " ".join(filter(None, (kind, "" if anchor == "start" else anchor)))
        attribute = f' class="{escape(classes)}"' if classes else ""
        self._parts.append(f'<text x="{_of(x)}" y="{_of(y)}"{attribute}>{escape(text)}</text>')

    def render(self, name: str, title: str, description: str) -> Markup:
        """With a *name* that no other picture of the page has."""
        return Markup(  # noqa: S704 -- each part is escaped above
            f'<svg viewBox="0 0 {_of(self.width)} {_of(self.height)}" role="img"'
            f' aria-labelledby="{escape(name)}-t" aria-describedby="{escape(name)}-d">'
            f'<title id="{escape(name)}-t">{escape(title)}</title>'
            f'<desc id="{escape(name)}-d">{escape(description)}</desc>'
            f"{''.join(self._parts)}</svg>"
        )


def _of(pixels: float) -> str:
    return _number(round(pixels * TENTHS))


def _pair(x: int, y: int) -> str:
    """Two numbers; a minus sign also parts them."""
    return f"{_number(x)}{_number(y) if y < 0 else f' {_number(y)}'}"


def _number(tenths: int) -> str:
    """As short as it can be: ``.5``, ``-12``."""
    whole, rest = divmod(abs(tenths), TENTHS)
    digits = f"{whole or ''}.{rest}" if rest else str(whole)
    return f"-{digits}" if tenths < 0 else digits

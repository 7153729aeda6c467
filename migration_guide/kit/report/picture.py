"""The README's picture, drawn from the results of a kept run.

``python -m migration_guide.kit.report.picture`` draws it anew; ``python -m
migration_guide.kit.report.picture RESULTS`` keeps the cells of another run first, whose results
``port-kit compare --json RESULTS`` has written.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

GUIDE = Path(__file__).parents[2]
KEPT = GUIDE / "picture.json"
PICTURE = GUIDE / "picture.svg"
COLUMNS = [(p, s) for p in ("bare", "same-settings", "hardened") for s in ("flask", "quart")]
KEYS = ("fault", "stack", "profile", "sent", "failed", "hung", "held")
LEFT, TOP, WIDTH, HEIGHT = 170, 60, 130, 34

Cell = Mapping[str, Any]


def keep(results: Path) -> None:
    """Of each cell what the picture shows."""
    cells = json.loads(results.read_text(encoding="utf-8"))["cells"]
    kept = [{key: cell[key] for key in KEYS} for cell in cells]
    KEPT.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def draw(cells: list[Cell]) -> str:
    faults = list(dict.fromkeys(cell["fault"] for cell in cells))
    width, height = LEFT + WIDTH * len(COLUMNS) + 10, TOP + HEIGHT * len(faults) + 10
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
            ' font-family="sans-serif" font-size="13">'
        ),
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        *_heads(),
    ]
    for row, fault in enumerate(faults):
        parts.append(_text(10, TOP + HEIGHT * row + 22, fault, "start"))
    for cell in cells:
        row, column = faults.index(cell["fault"]), COLUMNS.index((cell["profile"], cell["stack"]))
        parts += _cell(cell, LEFT + WIDTH * column, TOP + HEIGHT * row)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _heads() -> Iterator[str]:
    for number, (profile, stack) in enumerate(COLUMNS):
        middle = LEFT + WIDTH * number + WIDTH // 2
        yield _text(middle, 24, profile)
        yield _text(middle, 46, stack)


def _cell(cell: Cell, x: int, y: int) -> Iterator[str]:
    words, colour = _outcome(cell)
    place = f'x="{x + 2}" y="{y + 2}" width="{WIDTH - 4}" height="{HEIGHT - 4}"'
    yield f'<rect {place} fill="{colour}"/>'
    yield _text(x + WIDTH // 2, y + 22, words)


def _outcome(cell: Cell) -> tuple[str, str]:
    told = [f"{cell[key]} {key}" for key in ("failed", "hung") if cell[key]]
    words = ", ".join(told) or "none lost"
    if cell["held"] is None:
        return f"{words} ?", "#e4e4e4"
    if not told:
        return words, "#cdebd0"
    return words, "#f5c6c0" if cell["hung"] else "#fbe3b5"


def _text(x: int, y: int, words: str, anchor: str = "middle") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{words}</text>'


if __name__ == "__main__":
    for results in sys.argv[1:]:
        keep(Path(results))
    PICTURE.write_text(draw(json.loads(KEPT.read_text(encoding="utf-8"))), encoding="utf-8")

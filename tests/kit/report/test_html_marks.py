"""How requests become marks, and how a page stays small."""

import re
from collections.abc import Iterator

import pytest

from migration_guide.kit.lab.open_loop import Outcome
from migration_guide.kit.lab.results import Record
from migration_guide.kit.report import html
from migration_guide.kit.report.html.history import OUTCOMES, Trace
from migration_guide.kit.report.html.marks import (
    GRIDS,
    MOST_SINGLE,
    SHAPES,
    SINGLE,
    Drawing,
    Grid,
    Scale,
    draw,
)
from migration_guide.kit.report.html.page import render
from migration_guide.kit.report.html.svg import BAR, CROSS, DOT, Mark, marks

from .made_run import Key, Lost, MadeRun
from .reading import ReadPage, read, report


def some_fail(_: Key) -> Lost:
    return Lost(failed=100, hung=50)


def count(page: ReadPage, kind: str, mark: Mark) -> int:
    """Of the marks in pictures; those of the legend have absolute places."""
    return sum(data.count(mark.strokes) for data in page.paths(kind) if data.startswith("m"))


def test_each_of_few_requests_is_a_mark_of_its_own() -> None:
    run = MadeRun(lost=lambda _: Lost(failed=3, hung=2))
    assert len(run.keys) * run.requests <= MOST_SINGLE
    page = read(run)
    assert count(page, "failed", CROSS) == 3 * len(run.keys)
    assert count(page, "hung", BAR) == 2 * len(run.keys)
    assert count(page, "ok", DOT) == (run.requests - 5) * len(run.keys)
    assert "Each request is a mark of its own." in page.text


def test_of_many_requests_those_that_were_lost_keep_a_mark_of_their_own() -> None:
    run = MadeRun(lost=some_fail, requests=2500)
    page = read(run)
    assert count(page, "failed", CROSS) == 100 * len(run.keys)
    assert count(page, "hung", BAR) == 50 * len(run.keys)
    assert count(page, "ok", DOT) < (2500 - 150) * len(run.keys)
    assert "each that was lost has its own place" in page.text
    assert "2500 requests, 2350 succeeded, 100 failed, 50 hung" in page.text


def test_a_mark_is_larger_where_there_are_more_requests() -> None:
    trace = traced("ok", (1.0, 0.01), *[(2.0, 0.01)] * 5, *[(3.0, 0.01)] * 50)
    kinds = [kind for kind, _ in draw(trace, Scale(4.0, 5.0), GRIDS[0])]
    assert kinds == ["ok", "ok more", "ok many"]
    assert [kind for kind, _ in draw(trace, Scale(4.0, 5.0), SINGLE)] == ["ok"]


@pytest.mark.parametrize("lost", [Lost(), Lost(failed=20_000)], ids=["none failed", "all failed"])
def test_a_page_becomes_coarser_before_it_becomes_large(lost: Lost) -> None:
    run = MadeRun(
        faults=[f"fault-{number}" for number in range(20)],
        profiles=("hardened",),
        lost=lambda _: lost,
        requests=3_000,
    )
    page = report(run)
    text = page.text()
    assert len(text.encode()) < 1_000_000
    assert text.count('role="img"') == 20
    single = render(page._results, page._history, None, Drawing(SINGLE))
    assert len(single.encode()) > 1_000_000, "the control"


def test_a_coarse_page_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    run = MadeRun(lost=some_fail, requests=2500)
    page = report(run)
    full = page.text()
    assert "The counts in words are exact." not in full
    empty = render(page._results, page._history, None, Drawing(grid=None))
    room_for_some = 20 * Lost(failed=100, hung=50).failed * len(run.keys) // 2
    monkeypatch.setattr(html, "LIMIT", len(empty.encode()) + room_for_some)
    coarse = page.text()
    assert len(coarse) < len(full)
    assert "The counts in words are exact." in coarse
    assert "2500 requests, 2350 succeeded, 100 failed, 50 hung" in coarse


def test_more_faults_than_a_page_has_room_for_leave_those_in_which_most_went_wrong() -> None:
    def one_loses(key: Key) -> Lost:
        return Lost(failed=5) if key[0] == "random-600" else Lost()

    names = [f"random-{number}" for number in range(1000)]
    page = read(MadeRun(faults=names, profiles=("hardened",), lost=one_loses, requests=2))
    assert len(page.source.encode()) < 1_000_000
    (board,) = page.tables("board")
    assert {*names} <= {row[0] for row in board}
    assert "fault-random-600" in page.ids
    assert {one[1:] for one in page.values("href") if one.startswith("#")} <= {*page.ids}
    assert "This run is too large for one page" in page.text


def test_marks_lie_where_they_belong() -> None:
    places = [(0, 0), (123, 45), (5, -7), (1000, 800)]
    for mark in (DOT, CROSS, BAR):
        assert list(pens(marks(mark, places))) == [
            ((x + mark.first[0]) / 10, (y + mark.first[1]) / 10) for x, y in places
        ]


def pens(data: str) -> Iterator[tuple[float, float]]:
    """Where the pen is set down for each mark, as a reader of the path would find out."""
    x = y = 0.0
    mark_begins = True
    for command, numbers in re.findall(r"([mlhv])([-. \d]*)", data):
        found = [float(one) for one in re.findall(r"-?(?:\d*\.\d+|\d+)", numbers)]
        dx, dy = {"h": (found[0], 0.0), "v": (0.0, found[0])}.get(command) or (found[0], found[1])
        x, y = round(x + dx, 1), round(y + dy, 1)
        if command == "m" and mark_begins:
            yield x, y
        mark_begins = (command, numbers) in {("h", "0"), ("v", "9"), ("l", "-6 6")}


def test_the_axis_is_logarithmic_from_a_millisecond_to_the_deadline() -> None:
    scale = Scale(span_s=2.0, longest_s=1.0)
    assert [scale.y(one) for one in (5.0, 1.0, 0.1, 0.01, 0.001, 0.0001)] == [
        *(0, 0, 267, 533, 800, 800)
    ]
    assert [scale.x(one) for one in (-1.0, 0.0, 1.0, 2.0, 9.0)] == [0, 0, 1670, 3340, 3340]


@pytest.mark.parametrize("grid", [SINGLE, *GRIDS])
def test_marks_are_drawn_as_the_axis_says(grid: Grid) -> None:
    scale = Scale(span_s=10.0, longest_s=5.0)
    moments = [(start, took) for start in (0.0, 3.3, 10.0) for took in (0.0005, 0.02, 1.0, 4.9, 7)]
    for outcome in OUTCOMES:
        trace = traced(outcome, *moments)
        drawn = [pen for _, data in draw(trace, scale, grid) for pen in pens(data)]
        first = SHAPES[outcome].first
        size = grid.of(outcome) / 10
        for start, took in moments:
            x = scale.x(start) / 10 + first[0] / 10
            y = (0 if outcome == "hung" else scale.y(took) / 10) + first[1] / 10
            assert any(abs(x - px) <= size and abs(y - py) <= size for px, py in drawn)


def traced(outcome: Outcome, *moments: tuple[float, float]) -> Trace:
    trace = Trace(began_s=0.0)
    for start_s, took_s in moments:
        end_s = start_s + took_s
        trace.add(Record(*("x", "quart", "bare"), "show-product", start_s, end_s, outcome, 200))
    return trace

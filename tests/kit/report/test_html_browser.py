"""The page of a run in Chromium: on a desk and on a phone, by day, by night and on paper."""

import contextlib
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from migration_guide.kit.lab.results import Cell

from .made_run import Key, Lost, MadeRun, load_steps, without_measurement
from .reading import report

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

playwright = pytest.importorskip("playwright.async_api", reason="needs playwright")
axe = pytest.importorskip("axe_playwright_python.async_playwright", reason="needs axe-playwright")

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium"),
]

Kind = Literal["light", "dark", "print"]

Size = tuple[int, int]

DESK, PHONE = (1280, 800), (390, 844)

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
DEAD_ENDS = """
    [...document.querySelectorAll('[href^="#"]')].map((one) => one.getAttribute('href').slice(1))
        .filter((id) => !document.getElementById(id))
"""
SIZES = """
    [...document.querySelectorAll('svg[role="img"]')].map((one) => one.getBoundingClientRect())
        .map(({width, height}) => [width, height])
"""
PAPER = "getComputedStyle(document.body).backgroundColor"
RIGHT_EDGE = """
    (one) => { const {right, top} = one.getBoundingClientRect();
               return {x: right - 10, y: top + 4, width: 10, height: 20} }
"""
"""Of a table's head, where nothing is written."""
FOCUSED = "document.activeElement.getAttribute('href')"


def lost(key: Key) -> Lost:
    return {"bare": Lost(failed=4), "same-settings": Lost(failed=2, hung=6)}.get(key[2], Lost())


def change(cell: Cell) -> Cell:
    """One of each kind that a page can show."""
    if cell.fault == "nat-idle-drop":
        return without_measurement(cell, skipped=True, reason="needs root")
    if cell.name == "server-crash / quart / hardened":
        return replace(cell, violations=("orders are there by half",))
    if cell.name == "pool-exhausted-for-a-long-time / flask / hardened":
        return replace(cell, decides=False, note="the proxy goes silent above TCP")
    return cell


KIT = MadeRun(
    faults=("reset-peer", "server-crash", "nat-idle-drop", "pool-exhausted-for-a-long-time"),
    profiles=("bare", "ping-only", "same-settings", "hardened"),
    lost=lost,
    change=change,
    interrupted=True,
    load=load_steps(),
)
OWN = MadeRun(stacks=("orders-v1", "orders-v2", "orders-in-rust"), profiles=("own",))
RUNS = {"kit": KIT, "own": OWN}


@dataclass
class Shown:
    """A page in the browser, and what it has asked for and complained about."""

    page: "Page"
    address: str
    requested: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
async def browser() -> "AsyncIterator[Browser]":
    async with playwright.async_playwright() as tools:
        it = await tools.chromium.launch(executable_path=CHROMIUM)
        yield it
        await it.close()


@contextlib.asynccontextmanager
async def show(
    browser: "Browser", text: str, folder: Path, kind: Kind = "light", size: Size = DESK
) -> AsyncIterator[Shown]:
    file = folder / "report.html"
    file.write_text(text, encoding="utf-8")
    width, height = size
    context = await browser.new_context(viewport={"width": width, "height": height})
    async with context:
        it = Shown(await context.new_page(), file.as_uri())
        it.page.on("request", lambda request: it.requested.append(request.url))
        it.page.on("console", lambda message: it.complaints.append(message.text))
        it.page.on("pageerror", lambda error: it.complaints.append(str(error)))
        await it.page.emulate_media(
            color_scheme="dark" if kind == "dark" else "light",
            media="print" if kind == "print" else "screen",
        )
        await it.page.goto(it.address)
        yield it


@pytest.fixture(params=RUNS)
def text(request: pytest.FixtureRequest) -> str:
    return report(RUNS[request.param]).text()


EVERYWHERE = [
    pytest.param(kind, size, id=f"{kind}-{size[0]}")
    for kind in ("light", "dark", "print")
    for size in (DESK, PHONE)
]


@pytest.mark.parametrize(("kind", "size"), EVERYWHERE)
async def test_it_is_whole_and_readable_everywhere(
    browser: "Browser", text: str, tmp_path: Path, kind: Kind, size: Size
) -> None:
    async with show(browser, text, tmp_path, kind, size) as shown:
        page = shown.page
        assert await page.evaluate(OVERFLOW) == 0, "the page itself does not scroll sideways"
        assert await page.evaluate(DEAD_ENDS) == []
        pictures = await page.evaluate(SIZES)
        assert pictures
        assert all(width > 200 and height > 50 for width, height in pictures)
        dark = await page.evaluate(PAPER) != "rgb(255, 255, 255)"
        assert dark == (kind == "dark")
        assert serious(await axe.Axe().run(page)) == []
        assert [one for one in shown.requested if not one.startswith("data:")] == [shown.address]
        assert shown.complaints == []


def serious(results: Any) -> list[str]:
    return [
        f"{found['id']}: {node['html']}: {node['failureSummary']}"
        for found in results.response["violations"]
        if found["impact"] in ("serious", "critical")
        for node in found["nodes"]
    ]


async def test_a_fetching_broken_or_unreadable_page_would_be_noticed(
    browser: "Browser", tmp_path: Path
) -> None:
    """The control of the test above."""
    bad = (
        '<!doctype html><html lang="en"><title>x</title><img src="http://127.0.0.1:9/x.png">'
        '<p style="width:3000px">wide</p><p style="color:#ccc;background:#fff">pale words</p>'
        '<a href="#nowhere">y</a>'
    )
    async with show(browser, bad, tmp_path) as shown:
        assert await shown.page.evaluate(OVERFLOW) > 0
        assert await shown.page.evaluate(DEAD_ENDS) == ["nowhere"]
        assert any(
            one.startswith("color-contrast") for one in serious(await axe.Axe().run(shown.page))
        )
        assert "http://127.0.0.1:9/x.png" in shown.requested
        assert shown.complaints


async def test_the_keyboard_reaches_every_link(browser: "Browser", tmp_path: Path) -> None:
    async with show(browser, report(KIT).text(), tmp_path) as shown:
        page = shown.page
        links = await page.evaluate("[...document.links].map((one) => one.getAttribute('href'))")
        stops = await page.evaluate("document.querySelectorAll('a, summary, [tabindex]').length")
        reached = []
        for _ in range(stops):
            await page.keyboard.press("Tab")
            reached.append(await page.evaluate(FOCUSED))
        assert [one for one in reached if one] == links
        assert len(links) > len(KIT.faults)


async def test_a_row_leads_to_its_fault(browser: "Browser", tmp_path: Path) -> None:
    async with show(browser, report(KIT).text(), tmp_path) as shown:
        page = shown.page
        await page.get_by_role("rowheader", name="server-crash").get_by_role("link").click()
        heading = page.get_by_role("heading", name="server-crash")
        assert await heading.evaluate("(one) => one.getBoundingClientRect().top < innerHeight")
        picture = page.get_by_role("img", name="server-crash, hardened")
        assert await picture.count() == 1


async def test_a_table_that_scrolls_shows_it(browser: "Browser", tmp_path: Path) -> None:
    """By shadows at its edges, which what scrolls along covers where there is no more."""
    async with show(browser, report(KIT).text(), tmp_path, size=PHONE) as shown:
        board = shown.page.get_by_role("region", name="Scoreboard, the table")
        assert await board.evaluate("(one) => one.scrollWidth > one.clientWidth")
        await board.scroll_into_view_if_needed()
        at_the_beginning = await board.evaluate(RIGHT_EDGE)
        before = await shown.page.screenshot(clip=at_the_beginning)
        await board.evaluate("(one) => { one.scrollLeft = one.scrollWidth }")
        assert await shown.page.screenshot(clip=at_the_beginning) != before
        await board.evaluate("(one) => { one.scrollLeft = 0; one.style.background = 'none' }")
        assert await shown.page.screenshot(clip=at_the_beginning) != before, "the shadow is seen"


async def test_it_is_whole_without_scripts(browser: "Browser", tmp_path: Path) -> None:
    text = report(KIT).text()
    assert "<script" not in text
    async with show(browser, text, tmp_path) as shown:
        told = await shown.page.inner_text("main")
        assert "How this run was made" in told

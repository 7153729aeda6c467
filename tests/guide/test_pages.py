"""The guide's pages: excerpts and tables are of today, links lead somewhere, blocks are checked."""

import contextlib
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from cogapp import Cog

from migration_guide.kit.audit.finding import Phase
from migration_guide.kit.chapters import Chapter
from tests.guide.checking.blocks import Block, find
from tests.guide.checking.links import anchors, broken

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "migration_guide"
PAGES = sorted([*GUIDE.glob("*.md"), *GUIDE.glob("reference/*.md")])
CHAPTERS = [page for page in PAGES if re.match(r"\d\d-", page.name)]
EVERYTHING = sorted(
    {*PAGES, *GUIDE.rglob("*.md"), *ROOT.glob("*.md"), *ROOT.glob("async_app/**/*.md")}
)
MOST_SKIPPED = 0.05


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(page: Path) -> Iterator[Block]:
    return (block for _, _, block in find(page.read_text(encoding="utf-8")))


@pytest.mark.parametrize("page", [ROOT / "README.md", *PAGES], ids=name)
def test_what_is_generated_is_of_today(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert stale(page) == "", f"cog -r {name(page)} makes it anew"


def stale(page: Path) -> str:
    """How *page* would change."""
    said = io.StringIO()
    cog = Cog()
    cog.set_output(said, said)
    with contextlib.redirect_stdout(said):
        code = cog.main(["cog", "--check", "--diff", "--verbosity=1", str(page)])
    return said.getvalue() if code else ""


@pytest.mark.parametrize("page", EVERYTHING, ids=name)
def test_each_link_leads_somewhere(page: Path) -> None:
    assert list(broken(page)) == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_code_is_fenced_so_that_it_is_checked(page: Path) -> None:
    text = re.sub(
        r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    indented = re.findall(r"(?:\A|\n\n)    (?![-*\d])\S.*", text)
    assert indented == []
    assert text.count("```") == 0, (
        "a fence that is not closed, or is not at the beginning of a line"
    )


def test_few_blocks_are_skipped_and_each_has_a_reason() -> None:
    found = [block for page in PAGES for block in blocks(page)]
    skipped = [block for block in found if block.skipped is not None]
    assert all(block.skipped for block in skipped)
    assert len(skipped) <= MOST_SKIPPED * len(found)


@pytest.mark.parametrize("chapter", Chapter)
def test_what_the_tools_refer_to_is_there(chapter: Chapter) -> None:
    assert not chapter.anchor or chapter.anchor in anchors(ROOT / chapter.path)
    assert (ROOT / chapter.path).is_file()


def test_every_phase_of_the_audit_has_a_chapter() -> None:
    assert [phase.chapter.path for phase in Phase] == sorted(
        f"migration_guide/{page.name}" for page in CHAPTERS if 3 <= int(page.name[:2]) <= 11
    )

"""The guide's checks find what is stale: each is shown something that is."""

import secrets
from pathlib import Path

import pytest
from sybil import Document

from tests.guide.checking.blocks import parse
from tests.guide.checking.links import broken
from tests.guide.checking.matching import difference
from tests.guide.checking.workspace import Workspace
from tests.guide.test_pages import stale


def problems(page: Path, text: str) -> list[str]:
    """What is found wrong with each block of a page."""
    page.write_text(text)
    folder = page.parent / secrets.token_hex(4)
    folder.mkdir()
    workspace = Workspace(folder, "postgresql://nobody@127.0.0.1:9/none", 8000)
    found = []
    try:
        for example in Document.parse(str(page), parse):
            example.namespace["workspace"] = workspace
            try:
                example.evaluate()
            except Exception as error:  # noqa: BLE001
                found.append(f"{type(error).__name__}: {error}")
    finally:
        workspace.close()
    return found


WELL = [
    "```python\nfrom asyncio import sleep\n\nawait sleep(0)\nprint(1)\n```\n\n```text\n1\n```\n",
    "<!-- check: raises=KeyError -->\n```python\n{}['a']\n```\n\n```text\nKeyError: 'a'\n```\n",
    "```console\n$ cd / && pwd\n/\n$ pwd\n/\n```\n",
    "<!-- check: exit=3 -->\n```console\n$ (echo a; exit 3)\na\n```\n",
    "<!-- check: file=a/x.py -->\n```python\nX = 1\n```\n\n```console\n$ cat a/x.py\nX = 1\n```\n",
    "<!-- check: figures-vary -->\n```console\n$ echo '12 ms   9'\n3 ms 1,000\n```\n",
    "```console\n$ seq 9\n1\n[...]\n9\n$ echo at 12:01, all\nat ..., all\n```\n",
    '```toml\na = 1\n```\n\n```json\n{"a": 1}\n```\n\n```ini\n[a]\nb = %s\n```\n',
    "```console\n$ echo 127.0.0.1:8000\n127.0.0.1:8000\n```\n",
]
WRONG = [
    ("```python\nprint(1)\n```\n\n```text\n2\n```\n", "-2\n+1"),
    ("```python\n1 / 0\n```\n", "ZeroDivisionError"),
    ("<!-- check: raises=KeyError -->\n```python\n1\n```\n", "KeyError was to be raised"),
    ("<!-- check: raises=KeyError -->\n```python\n1 / 0\n```\n", "ZeroDivisionError"),
    ("```text\nalone\n```\n", "no block before it"),
    ("```console\n$ echo a\nb\n```\n", "-b\n+a"),
    ("```console\n$ echo a\n```\n", "+a"),
    ("```console\n$ false\n```\n", "exit code 1, not 0"),
    ("<!-- check: figures-vary -->\n```console\n$ echo 12 ms\n12 s\n```\n", "-12 s\n+12 ms"),
    ("```toml\na =\n```\n", "TOMLDecodeError"),
    ("```elvish\necho\n```\n", "nothing is known about elvish"),
    ("<!-- check: file=x.py -->\n```python\nx =\n```\n", "SyntaxError"),
    ("<!-- check: figures-very -->\n```text\n```\n", "figures-very: no such mark"),
    ("```console\necho a\n```\n", "there is no command"),
]


@pytest.mark.parametrize("text", WELL)
def test_what_is_right_has_no_problem(tmp_path: Path, text: str) -> None:
    assert problems(tmp_path / "page.md", text) == []


@pytest.mark.parametrize(("text", "wrong"), WRONG)
def test_what_is_wrong_is_found(tmp_path: Path, text: str, wrong: str) -> None:
    if "such mark" in wrong:
        with pytest.raises(ValueError, match=wrong):
            problems(tmp_path / "page.md", text)
        return
    (problem,) = problems(tmp_path / "page.md", text)
    assert wrong in problem


def test_a_block_is_left_alone_for_a_reason(tmp_path: Path) -> None:
    text = "<!-- check: skip={} -->\n```console\n$ false\n```\n"
    with pytest.raises(pytest.skip.Exception, match="needs a cloud"):
        problems(tmp_path / "page.md", text.format("'needs a cloud'"))
    (problem,) = problems(tmp_path / "page.md", text.format(""))
    assert "a block that is skipped needs a reason" in problem


def test_a_test_that_does_not_read_the_page_is_no_check(tmp_path: Path) -> None:
    text = "<!-- check: tested=tests/kit/test_services_file.py -->\n```sh\nX=1\n```\n"
    (problem,) = problems(tmp_path / "page.md", text)
    assert "is no test that reads page.md" in problem
    assert problems(tmp_path / "your-own-services.md", text) == []


def test_an_excerpt_that_is_stale_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "<!-- [[[cog\nfrom tests.guide.checking.excerpts import excerpt\n"
        'excerpt("async_app/views/health.py", "blueprint")\n]]] -->\n'
        "```python\nblueprint = None\n```\n<!-- [[[end]]] -->\n"
    )
    assert "-blueprint = None" in stale(page)


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("# The `first` one\n\n## Twice\n\n## Twice\n")
    page = tmp_path / "page.md"
    page.write_text(
        "# Here\n[a](other.md) [b](other.md#the-first-one) [c](#here) [d](other.md#twice-1)\n"
        "[e](gone.md) [f](other.md#second) [g](#there) [h](https://example.org/x#y)\n"
    )
    assert [one.partition(":")[0] for one in broken(page)] == [
        "gone.md",
        "other.md#second",
        "#there",
    ]


def test_numbers_may_be_exact_or_vary() -> None:
    assert difference("a 1", "a 2") is not None
    assert difference("a 1", "a 2", figures_vary=True) is None
    assert difference("a 1 b", "a 2", figures_vary=True) is not None

"""The code blocks of a page, and what is done with each."""

import configparser
import json
import re
import shlex
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from sybil import Document, Example, Region

from tests.guide.checking.matching import difference
from tests.guide.checking.workspace import ROOT, Workspace

FENCE = re.compile(
    r"(?:^<!-- check: (?P<marks>[^\n]*?) -->\n+)?"
    r"^(?P<fence>```+)(?P<language>[\w-]*)\n(?P<text>.*?)^(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)
EXCERPT = re.compile(r"^<!-- \[\[\[cog.*?^<!-- \[\[\[end\]\]\].*?$", re.MULTILINE | re.DOTALL)
MARKS = {"tested", "file", "raises", "exit", "figures-vary", "skip"}


@dataclass(frozen=True)
class Block:
    """A code block of a page; *marks* are those of the comment before it."""

    language: str
    text: str
    marks: Mapping[str, str]
    excerpt: bool

    @property
    def skipped(self) -> str | None:
        """The reason, if any."""
        return self.marks.get("skip")


def parse(document: Document) -> Iterator[Region]:
    """Every block is an example."""
    for start, end, block in find(document.text):
        yield Region(start, end, parsed=block, evaluator=check)


def find(text: str) -> Iterator[tuple[int, int, Block]]:
    """Where each block begins and ends, and the block.

    Raises:
        ValueError: a mark is unknown.

    """
    excerpts = [match.span() for match in EXCERPT.finditer(text)]
    for match in FENCE.finditer(text):
        marks = dict(_marks(match["marks"] or ""))
        if unknown := marks.keys() - MARKS:
            raise ValueError(f"{', '.join(unknown)}: no such mark; there are {', '.join(MARKS)}")
        inside = any(start < match.start() < end for start, end in excerpts)
        yield *match.span(), Block(match["language"], match["text"], marks, inside)


def _marks(text: str) -> Iterator[tuple[str, str]]:
    for word in shlex.split(text):
        name, _, value = word.partition("=")
        yield name, value


def check(example: Example) -> str | None:
    """Run or compare it; what is wrong, if anything."""
    block: Block = example.parsed
    if block.skipped is not None:
        assert block.skipped, "a block that is skipped needs a reason"
        pytest.skip(block.skipped)
    if test := block.marks.get("tested"):
        return _tested(test, example)
    # An excerpt is compared with its file by another test.
    return None if block.excerpt else _check(block, example)


def _check(block: Block, example: Example) -> str | None:
    workspace: Workspace = example.namespace["workspace"]
    if name := block.marks.get("file"):
        workspace.write(name, block.text)
    if block.language == "python":
        return _python(block, workspace, f"{example.path}:{example.line}")
    if block.language == "console":
        return _console(block, workspace)
    if block.language == "text":
        return _printed(block, workspace)
    if block.language in PARSERS:
        PARSERS[block.language](block.text)
    elif not name:
        return f"nothing is known about {block.language or 'a block without a language'}"
    return None


def _tested(test: str, example: Example) -> str | None:
    """By a test that reads the page."""
    page = Path(example.path).name
    file = ROOT / test
    there = file.exists() and page in file.read_text(encoding="utf-8")
    return None if there else f"{test} is no test that reads {page}"


def _python(block: Block, workspace: Workspace, place: str) -> str | None:
    if "file" in block.marks:
        compile(block.text, place, "exec")
    else:
        workspace.python(block.text, place, block.marks.get("raises"))
    return None


def _printed(block: Block, workspace: Workspace) -> str | None:
    printed, workspace.printed = workspace.printed, None
    if printed is None:
        return "there is no block before it whose output this could be"
    return difference(block.text, printed, figures_vary="figures-vary" in block.marks)


def _console(block: Block, workspace: Workspace) -> str | None:
    code = 0
    steps = list(_commands(block.text))
    for number, (command, shown) in enumerate(steps, 1):
        printed, code = workspace.console(command)
        wanted = int(block.marks.get("exit", 0)) if number == len(steps) else 0
        if code != wanted:
            return f"{command}: exit code {code}, not {wanted}:\n{printed}"
        if wrong := difference(shown, printed, figures_vary="figures-vary" in block.marks):
            return f"{command}:\n{wrong}"
    return None if steps else "there is no command: each begins with $"


def _commands(text: str) -> Iterator[tuple[str, str]]:
    """Each command, with what follows it; a line that ends in a backslash goes on."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        lines = part.splitlines(keepends=True)
        end = next(number for number, line in enumerate(lines, 1) if not line.endswith("\\\n"))
        yield "".join(lines[:end]).rstrip("\n"), "".join(lines[end:])


def _ini(text: str) -> None:
    configparser.ConfigParser(interpolation=None).read_string(text)


PARSERS: Mapping[str, Callable[[str], object]] = {
    "toml": tomllib.loads,
    "json": json.loads,
    "ini": _ini,
}

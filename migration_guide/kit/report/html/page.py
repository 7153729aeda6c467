"""Everything that a page shows, put into its templates."""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from migration_guide.kit.report.html.board import board
from migration_guide.kit.report.html.faults import sections, told
from migration_guide.kit.report.html.figures import sheets
from migration_guide.kit.report.html.history import History
from migration_guide.kit.report.html.load import parts
from migration_guide.kit.report.html.made import made, raw_files
from migration_guide.kit.report.html.marks import SINGLE, Drawing
from migration_guide.kit.report.html.profiles import about
from migration_guide.kit.report.html.svg import TENTHS
from migration_guide.kit.report.html.timeline import axes
from migration_guide.kit.report.load import EXPLAINED, sentences
from migration_guide.kit.report.summary import Results, Summary
from migration_guide.kit.report.words import counted, did, errors, listed, tell_claims

PACKAGE = "migration_guide.kit.report.html"

MOST_ERRORS = 60
MOST_BROKEN = 12
LONGEST_TEXT = 1_000
"""Characters of a sentence: the causes in it are what services said, and have any length."""


def render(results: Results, history: History, folder: Path | None, drawing: Drawing) -> str:
    """*folder* is the run's."""
    summary = Summary(results)
    missing = list(summary.incomplete()) if results.interrupted else []
    broken = [cell for cell in results.cells if cell.held is False]
    found = errors(results.cells)
    return _template().render(
        stacks=summary.stacks,
        title=f"{listed(summary.stacks)}: the {'same ' * (len(summary.stacks) > 1)}faults",
        headline=summary.headline,
        balance=summary.balance,
        tone=summary.tone,
        facts=list(_facts(results, history)),
        missing=missing,
        sheets=sheets(summary, results.run),
        watch=[line for line in summary.watch() if line not in missing],
        broken=broken[:MOST_BROKEN],
        more_broken=len(broken) - MOST_BROKEN,
        comparisons=_comparisons(summary),
        board=board(results, summary),
        deadline=f"{results.run.client_deadline_s:g} s" if results.run else "",
        axes=axes(results.run.client_deadline_s if results.run else 0.0),
        drawn=_drawn(len(history), drawing),
        told=told(results.cells, drawing.most),
        sections=list(sections(results, summary, history, drawing)),
        about=lambda profile: about(profile, results.run),
        load=parts(results.load, summary.stacks),
        load_explained=EXPLAINED,
        load_told=list(sentences(results.load)),
        errors=found[:MOST_ERRORS],
        more_errors=len(found) - MOST_ERRORS,
        made=made(results),
        folder=_place(folder) if folder else "",
        files=raw_files(results, history=bool(len(history))),
    )


def _place(folder: Path) -> str:
    """Of a run, as one would name it from here; not ``latest``, which soon leads elsewhere."""
    place = folder.resolve()
    return str(place.relative_to(Path.cwd()) if place.is_relative_to(Path.cwd()) else folder)


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(PACKAGE),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        finalize=_kept_together,
    )
    css = files(PACKAGE).joinpath("page.css").read_text(encoding="utf-8")
    environment.globals["css"] = Markup(css)  # noqa: S704 -- a file of ours
    environment.filters |= {"clip": _clip, "did": did, "sentence": _sentence, "slug": _slug}
    return environment.get_template("page.html.j2")


def _kept_together(value: Any) -> Any:
    """A figure and its unit, or its sign of multiplication, are not parted by a line's end."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return _PARTS.sub("\N{NO-BREAK SPACE}", value)
    return value


_PARTS = re.compile(r"(?<=\d) (?=(?:ms|s|MB|clients|times)\b|%)|(?<=\bx) (?=\d)|(?<=\d) (?=of \d)")


def _clip(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]} ..."


def _comparisons(summary: Summary) -> defaultdict[str, str]:
    """By profile, with whose name and a colon each sentence begins."""
    parted = (line.partition(": ") for line in summary.comparisons())
    told = {profile: sentence for profile, _, sentence in parted}
    return defaultdict(str, told)


def _slug(name: str) -> str:
    """As part of an id, which has no blanks."""
    return re.sub(r"[^\w.-]", "-", name)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _facts(results: Results, history: History) -> Iterator[str]:
    faults = len({cell.fault for cell in results.cells})
    planned = len(results.run.schedule) if results.run else len(results.cells)
    cells = f"{len(results.cells)} of {planned}" if results.interrupted else str(planned)
    yield f"{counted(faults, 'fault')}, {cells} cells"
    if len(history):
        yield f"{len(history):,} requests"
    yield f"claims: {tell_claims(results.cells)}"
    if results.run:
        yield results.run.started.replace("T", " ").replace("+00:00", " UTC")


def _drawn(requests: int, drawing: Drawing) -> str:
    """How the pictures are to be read, as a sentence."""
    grid = drawing.grid
    if not requests:
        return "No request of this run is known."
    if drawing.most is not None:
        return "This run is too large for one page: here are those in which most went wrong."
    if not drawing.pictures:
        return "This run is too large for pictures of its requests in one page."
    if grid is None or grid == SINGLE:
        return "Each request is a mark of its own."
    text = (
        f"These are {requests:,} requests: those that succeeded share a mark where they lie within"
        f" {grid.ok / TENTHS:g} px, and it is larger where there are more;"
    )
    if grid.lost == SINGLE.lost:
        return f"{text} each that was lost has its own place."
    return (
        f"{text} so that this page stays small, those that were lost do so within"
        f" {grid.lost / TENTHS:g} px. The counts in words are exact."
    )

"""``port-kit report``: a run's results once more, or two runs against each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from migration_guide.kit.failures import EnvironmentFailure
from migration_guide.kit.lab.store import StoreError, replay
from migration_guide.kit.report import json, markdown
from migration_guide.kit.report.console import ConsoleReport
from migration_guide.kit.report.difference import Difference, compare
from migration_guide.kit.report.differences import as_markdown, show
from migration_guide.kit.report.html import HtmlReport
from migration_guide.kit.report.summary import Results

STDOUT = Path("-")


@dataclass(frozen=True)
class Request:
    """The options of the command, as given."""

    runs: Sequence[Path]
    html_file: Path | None = None
    json_file: Path | None = None
    markdown_file: Path | None = None


def main(request: Request) -> int:
    """Render; the exit code.

    Of two runs it is 1 if something got worse, else 3 if the second has not measured all that the
    first has.

    Raises:
        click.ClickException: a folder is no run's, or is damaged (code 2).

    """
    try:
        if len(request.runs) == 2:
            return _compare(request)
        _render(request.runs[0], request)
    except StoreError as error:
        raise EnvironmentFailure(str(error)) from None
    return 0


def _render(run: Path, request: Request) -> None:
    results = Results()
    page = HtmlReport(run) if request.html_file else None
    files = request.html_file, request.json_file, request.markdown_file
    console = None if any(files) else ConsoleReport()
    for event in replay(run, history=page is not None):
        for writer in (results, page, console):
            if writer is not None:
                writer(event)
    if request.html_file and page:
        json.write_text(page.text(), request.html_file)
    if request.json_file:
        json.write(json.document(results), request.json_file)
    if request.markdown_file:
        json.write_text(markdown.document(results), request.markdown_file)


def _compare(request: Request) -> int:
    before, after = map(_read, request.runs)
    difference = compare(before, after)
    if request.json_file:
        json.write(difference.document(), request.json_file)
    if request.markdown_file:
        json.write_text(as_markdown(difference), request.markdown_file)
    if not (request.json_file or request.markdown_file):
        show(difference)
    return _exit_code(difference)


def _read(run: Path) -> Results:
    results = Results()
    for event in replay(run, history=False):
        results(event)
    return results


def _exit_code(difference: Difference) -> int:
    if difference.worse:
        return 1
    return 0 if difference.conclusive else 3

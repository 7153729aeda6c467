"""A page as a test reads it."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

from migration_guide.kit.report.html import HtmlReport

from .made_run import MadeRun


@dataclass
class ReadPage(HTMLParser):
    """Its elements in order, and its text; scripts and styles are no text."""

    source: str
    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self._inside: str | None = None
        self.feed(self.source)
        self.close()
        self.text = " ".join(self.text.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag in ("script", "style"):
            self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        if tag == self._inside:
            self._inside = None

    def handle_data(self, data: str) -> None:
        if self._inside is None:
            self.text += f" {data}"

    @property
    def ids(self) -> list[str]:
        return [attributes["id"] for _, attributes in self.elements if "id" in attributes]

    def values(self, *names: str) -> list[str]:
        """Of these attributes, wherever they are."""
        return [
            attributes[name]
            for _, attributes in self.elements
            for name in names
            if name in attributes
        ]

    def paths(self, kind: str) -> list[str]:
        """The data of the paths of marks, which have a class among theirs."""
        return [
            attributes["d"]
            for tag, attributes in self.elements
            if tag == "path" and kind in attributes.get("class", "").split()
        ]

    def tables(self, kind: str) -> list[list[list[str]]]:
        """The texts of tables of a class, row by row."""
        return _Tables(self.source, kind).found


class _Tables(HTMLParser):
    def __init__(self, source: str, kind: str) -> None:
        super().__init__()
        self.found: list[list[list[str]]] = []
        self._kind, self._in_table, self._in_cell = kind, False, False
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._in_table = self._kind in (dict(attrs).get("class") or "").split()
            if self._in_table:
                self.found.append([])
        elif self._in_table and tag == "tr":
            self.found[-1].append([])
        elif self._in_table and tag in ("td", "th"):
            self.found[-1][-1].append("")
            self._in_cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._in_cell = False

    def handle_data(self, data: str) -> None:
        if self._in_table and self._in_cell:
            row = self.found[-1][-1]
            row[-1] = " ".join(f"{row[-1]} {data}".split())  # also without no-break spaces


def report(run: MadeRun) -> HtmlReport:
    page = HtmlReport()
    for event in run.events():
        page(event)
    return page


def read(run: MadeRun) -> ReadPage:
    return ReadPage(report(run).text())

"""Where the links of a page lead."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

LINK = re.compile(
    r"(?<!!)\[(?:[^\]\[]|\[[^\]]*\])*\]\((?P<target>[^)\s]+)\)|^\[[^\]]+\]: (?P<named>\S+)",
    re.MULTILINE,
)
HEADING = re.compile(r"^#{1,6} (?P<title>.+?)\s*$", re.MULTILINE)
ANCHOR = re.compile(r'<a (?:id|name)="(?P<name>[^"]+)"')
CODE = re.compile(r"^```.*?^```$|`[^`\n]+`", re.MULTILINE | re.DOTALL)


def broken(page: Path) -> Iterator[str]:
    """The links of *page* to files or headings that are not there; others are not followed."""
    text = CODE.sub("", page.read_text(encoding="utf-8"))
    for match in LINK.finditer(text):
        target = match["target"] or match["named"]
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        other = (page.parent / file).resolve() if file else page
        if not other.exists():
            yield f"{target}: there is no {file}"
        elif anchor and other.suffix == ".md" and anchor not in anchors(other):
            yield f"{target}: {other.name} has no such heading"


def anchors(page: Path) -> set[str]:
    """Of its headings, as forges make them, and those that are written out."""
    text = page.read_text(encoding="utf-8")
    found = {match["name"] for match in ANCHOR.finditer(text)}
    seen: Counter[str] = Counter()
    for match in HEADING.finditer(
        re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    ):
        slug = _slug(match["title"])
        found.add(slug if not seen[slug] else f"{slug}-{seen[slug]}")
        seen[slug] += 1
    return found


def _slug(title: str) -> str:
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)|[`*]", r"\1", title).lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")

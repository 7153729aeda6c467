"""Files that are neither Python nor templates: requirements, Procfile, Dockerfile and the like."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from migration_guide.kit.audit.finding import Place
from migration_guide.kit.audit.module import IGNORE


@dataclass(frozen=True, eq=False)
class Text:
    """One file, by lines."""

    path: str
    source: str

    @classmethod
    def read(cls, root: Path, file: Path) -> "Text":
        return cls(file.relative_to(root).as_posix(), file.read_text("utf-8", errors="replace"))

    @cached_property
    def lines(self) -> list[str]:
        return self.source.splitlines()

    @property
    def name(self) -> str:
        """The file's name, in small letters."""
        return self.path.rpartition("/")[2].lower()

    @property
    def is_requirements(self) -> bool:
        """Whether it lists packages, one a line."""
        return self.name.endswith((".txt", ".in")) or self.name in {
            "pyproject.toml",
            "pipfile",
            "setup.cfg",
        }

    @cached_property
    def ignored(self) -> dict[int, frozenset[str] | None]:
        found: dict[int, frozenset[str] | None] = {}
        for number, line in enumerate(self.lines, start=1):
            if match := IGNORE.search(line):
                names = match[1]
                found[number] = (
                    None if names is None else frozenset(part.strip() for part in names.split(","))
                )
        return found

    def place(self, line: object) -> Place:
        return Place(self.path, line if isinstance(line, int) else 1)

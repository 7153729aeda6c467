"""Which files of a tree the audit reads."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SKIPPED = frozenset(
    {
        ".git", ".hg", ".svn", ".tox", ".nox", ".venv", "venv", "env", "virtualenv", ".eggs",
        "node_modules", "bower_components", "site-packages", "__pycache__", ".mypy_cache",
        ".pytest_cache", ".ruff_cache", "build", "dist", "htmlcov", "vendor", "third_party",
    }
)  # fmt: skip
"""Folders that hold what others wrote, or what is made from the rest."""

TEMPLATES = (".html", ".htm", ".jinja", ".jinja2", ".j2", ".xhtml")
LISTS = (".txt", ".in")
"""Of requirements."""
YAML = (".yaml", ".yml")
IN_FOLDERS = {
    "requirements": LISTS,
    "supervisor": (".conf",),
    "workflows": YAML,
    ".circleci": YAML,
    **dict.fromkeys(
        ("deploy", "deployment", "deployments", "helm", "k8s", "konf", "kubernetes", "manifests"),
        YAML,
    ),
}
"""Of folders with such a name: how those files end that are read there."""
HOSTING = frozenset({"app.json", "app.yaml", "fly.toml", "heroku.yml", "render.yaml"})
"""What hosts of applications read."""
PIPELINES = frozenset(
    {
        *(".gitlab-ci.yml", ".travis.yml", "appveyor.yml", "azure-pipelines.yml"),
        *("bitbucket-pipelines.yml", "cloudbuild.yaml", "skaffold.yaml"),
    }
)
"""What tests and delivers an application."""

LARGEST = 2_000_000
"""Bytes; what is larger was not written by hand."""


@dataclass
class Files:
    """Paths below the root, sorted."""

    python: list[Path] = field(default_factory=list)
    templates: list[Path] = field(default_factory=list)
    texts: list[Path] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.python) + len(self.templates) + len(self.texts)


def find(root: Path) -> Files:
    """Look through a tree, or take a single file."""
    files = Files()
    for path in _paths(root):
        name = path.name
        if path.suffix == ".py":
            files.python.append(path)
        elif is_text(name) or name.endswith(IN_FOLDERS.get(path.parent.name, ())):
            files.texts.append(path)
        elif name.endswith(TEMPLATES):
            files.templates.append(path)
    return files


def is_text(name: str) -> bool:
    """Whether a file of this name may say how the application is installed and started."""
    lower = name.lower()
    if lower.endswith((".html", ".j2", ".py", ".lock")):
        return False
    return (
        lower in {"procfile", "pyproject.toml", "setup.cfg", "pipfile", "tox.ini", "makefile"}
        or lower in HOSTING | PIPELINES
        or (lower.startswith("requirements") and lower.endswith(LISTS))
        or (lower.startswith("supervisor") and lower.endswith(".conf"))
        or lower.startswith(
            ("dockerfile", "docker-compose", "compose.", ".env", ".flaskenv", "uwsgi")
        )
        or lower.endswith((".dockerfile", ".service", ".sh", ".env", ".ini", ".cfg"))
    )


def _paths(root: Path) -> Iterator[Path]:
    if root.is_file():
        yield root
        return
    for folder, names, files in os.walk(root):
        names[:] = sorted(
            name
            for name in names
            if name not in SKIPPED
            and not name.endswith(".egg-info")
            and not (Path(folder) / name / "pyvenv.cfg").exists()
        )
        for name in sorted(files):
            path = Path(folder) / name
            # No pipe, which would wait for ever, nor a link to nowhere or out of the tree.
            if path.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
                continue
            if path.is_file() and path.stat().st_size <= LARGEST:
                yield path

"""The dialect is a library in its own right."""

import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import make_url

import async_app
from async_app import resilience
from async_app.resilience.dialect import ResilientDialect

BLOCKED = "quart, hypercorn, pydantic"
USE = f"""
import sys
for name in {BLOCKED!r}.split(", "):
    sys.modules[name] = None  # importing it fails
{{imports}}
from sqlalchemy.ext.asyncio import create_async_engine
engine = create_async_engine("postgresql+resilient_asyncpg://db/desk?sslmode=require")
print(type(engine.dialect).__module__, engine.dialect.driver, engine.dialect.name)
"""


def python(code: str, folder: Path) -> str:
    return subprocess.run(  # noqa: S603 -- this Python, this code
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True
    ).stdout.strip()


def test_an_installed_one_is_found_by_its_entry_point_without_quart(tmp_path: Path) -> None:
    found = python(USE.format(imports=""), tmp_path)
    assert found == "async_app.resilience.dialect asyncpg postgresql"


def test_a_copied_folder_works_without_the_entry_point(tmp_path: Path) -> None:
    shutil.copytree(Path(resilience.__file__).parent, tmp_path / "desk_database")
    code = (
        "import importlib.metadata as metadata\n"
        "metadata.entry_points = lambda **_: ()\n"
        "import desk_database"
    )
    found = python(USE.format(imports=code), tmp_path)
    assert found == "desk_database.dialect asyncpg postgresql"


def test_the_service_adds_nothing_on_import() -> None:
    assert async_app.__file__
    assert Path(async_app.__file__).read_text() == ""


def test_the_name_leads_to_the_dialect() -> None:
    assert make_url("postgresql+resilient_asyncpg://").get_dialect() is ResilientDialect


@pytest.mark.parametrize(
    ("package", "installed", "message"),
    [
        ("sqlalchemy", "2.0.44", "needs sqlalchemy 2.1 or later; 2.0.44 is installed"),
        ("asyncpg", "0.31.0", "pip install --upgrade 'asyncpg>=0.32'"),
    ],
)
def test_older_versions_are_refused_with_the_upgrade_step(
    monkeypatch: pytest.MonkeyPatch, package: str, installed: str, message: str
) -> None:
    module: ModuleType = resilience
    real = module.version
    monkeypatch.setattr(
        module, "version", lambda name: installed if name == package else real(name)
    )
    with pytest.raises(ImportError, match=message):
        resilience._check_versions()

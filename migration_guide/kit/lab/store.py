"""A run is a folder: written while it runs, and read again as the same events.

Beside ``run.json`` there is a file of JSON lines for each kind of result; times are seconds of the
run. A run that was killed has all but its end.
"""

import contextlib
import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any, TextIO

from pydantic import TypeAdapter, ValidationError

from migration_guide.kit.lab.load_results import LoadStep, kept
from migration_guide.kit.lab.results import (
    Cell,
    CellFinished,
    Event,
    LoadMeasured,
    Record,
    RequestFinished,
    RunFinished,
    RunInfo,
    RunStarted,
    Vitals,
    VitalsMeasured,
)

FORMAT = 1
"""Of the folder; a later one, that this version cannot read, has a higher number."""

RUN, CELLS, HISTORY = "run.json", "cells.ndjson", "history.ndjson"


class StoreError(RuntimeError):
    """A run's folder cannot be written, or is none; the message says what is wrong where."""


@dataclass(frozen=True)
class _Kind:
    """One kind of result: its file, and what goes into a line of it."""

    file: str
    event: Callable[[Any], Event]
    content: Callable[[Any], Any]
    lines: TypeAdapter[Any]


KINDS: Mapping[type[Any], _Kind] = {
    RequestFinished: _Kind(HISTORY, RequestFinished, lambda e: vars(e.record), TypeAdapter(Record)),
    VitalsMeasured: _Kind(
        "vitals.ndjson", VitalsMeasured, lambda e: asdict(e.vitals), TypeAdapter(Vitals)
    ),
    CellFinished: _Kind(CELLS, CellFinished, lambda e: asdict(e.cell), TypeAdapter(Cell)),
    LoadMeasured: _Kind(
        "load.ndjson", LoadMeasured, lambda e: asdict(e.step), TypeAdapter(LoadStep)
    ),
}
"""In the order in which they are read again."""


@kept
@dataclass(frozen=True, kw_only=True)
class _Run(RunInfo):
    """What ``run.json`` holds; a run that was killed has no end."""

    format: int
    ended: RunFinished | None

    def info(self) -> RunInfo:
        return RunInfo(**{field.name: getattr(self, field.name) for field in fields(RunInfo)})


_RUN = TypeAdapter(_Run)


def new_folder(parent: Path, seed: int) -> Path:
    """Make a folder for a run, named after the local time and the seed.

    Raises:
        StoreError: it cannot be made.

    """
    stem = f"{datetime.now().astimezone():%Y%m%d-%H%M%S}-{seed}"
    for number in count(1):  # two runs at once, with the same seed
        folder = parent / (stem if number == 1 else f"{stem}-{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            if folder.is_dir():
                continue
            raise StoreError(f"{parent} is a file: a run needs a folder there") from None
        except OSError as error:
            raise StoreError(f"The run cannot be kept in {parent}: {error.strerror}") from None
        break
    return folder


def given_folder(folder: Path) -> Path:
    """Make *folder* for a run, or take it if it is empty; of two runs at once, one gets it.

    Raises:
        StoreError: something is there, or it cannot be made.

    """
    not_empty = StoreError(f"{folder} is not empty: a run is kept in a folder of its own")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise not_empty
        (folder / HISTORY).touch(exist_ok=False)
    except FileExistsError:
        if folder.is_dir():
            raise not_empty from None
        raise StoreError(f"{folder} is a file: a run needs a folder") from None
    except OSError as error:
        raise StoreError(f"The run cannot be kept in {folder}: {error.strerror}") from None
    return folder


class Store:
    """Writes each event into *folder* as it happens.

    Args:
        latest: a link that is to lead to the folder once the run has begun.

    """

    def __init__(self, folder: Path, latest: Path | None = None) -> None:
        self.folder = folder
        self._latest = latest
        self._files: dict[str, TextIO] = {}
        self._run: RunInfo | None = None

    def __call__(self, event: Event) -> None:
        if isinstance(event, RunStarted):
            self._run = event.run
            self._write_run(None)
            if self._latest is not None:
                _lead_to(self._latest, self.folder)
        elif isinstance(event, RunFinished):
            self._write_run(event)
        elif kind := KINDS.get(type(event)):
            line = json.dumps(kind.content(event), separators=(",", ":"), default=dict)
            self._file(kind.file).write(line + "\n")

    def close(self) -> None:
        """Leave no folder of a run that did not begin."""
        for file in self._files.values():
            file.close()
        self._files.clear()
        if self._run is None:
            with contextlib.suppress(OSError):  # something else has come there
                (self.folder / HISTORY).unlink(missing_ok=True)
                self.folder.rmdir()

    def _file(self, name: str) -> TextIO:
        if name not in self._files:
            # Line by line, so that a run that is killed has all that it has seen.
            self._files[name] = (self.folder / name).open("a", encoding="utf-8", buffering=1)
        return self._files[name]

    def _write_run(self, ended: RunFinished | None) -> None:
        assert self._run is not None  # noqa: S101 -- the first event
        document = {
            "format": FORMAT,
            **asdict(self._run),
            "ended": ended and asdict(ended),
        }
        new = self.folder / f".{RUN}"
        new.write_text(json.dumps(document, indent=2, default=dict) + "\n", encoding="utf-8")
        new.replace(self.folder / RUN)


def _lead_to(link: Path, folder: Path) -> None:
    """Replace the link in one step, so that it always leads somewhere; a file there is kept."""
    if link.exists() and not link.is_symlink():
        return
    new = link.with_name(f".latest-{secrets.token_hex(4)}")
    new.symlink_to(folder.name)
    new.replace(link)


def replay(folder: Path, *, history: bool = True) -> Iterator[Event]:
    """Read a run's events again; of a run that was killed, an end that says so.

    With *history* each request, too, before the cells.

    Raises:
        StoreError: it is no run, or is damaged; an end of a last line that is missing is none.

    """
    run = _read_run(folder)
    ended = run.ended or RunFinished(interrupted=True, seconds=None)
    yield RunStarted(run.info())
    cells = 0
    for kind in KINDS.values():
        if kind.file != HISTORY or history:
            for event in _read(folder / kind.file, kind):
                cells += isinstance(event, CellFinished)
                yield event
    if cells < len(run.schedule) and not ended.interrupted:
        raise StoreError(
            f"{folder / CELLS} is damaged: it has {cells} of the {len(run.schedule)} cells of a run"
            " that came to its end"
        )
    yield ended


def _read_run(folder: Path) -> _Run:
    file = folder / RUN
    try:
        text = file.read_bytes()
    except OSError as error:
        raise StoreError(
            f"{folder} is not the folder of a run: {RUN}: {error.strerror}. A run is made by"
            " port-kit compare"
        ) from None
    try:
        document = json.loads(text)
        written = document.get("format") if isinstance(document, dict) else None
        if isinstance(written, int) and written > FORMAT:
            raise StoreError(f"{file} was written by a later version of port-kit: upgrade")
        return _RUN.validate_json(text)
    except ValueError as error:
        raise StoreError(f"{file} is damaged: {_mistake(error)}") from None


def _read(file: Path, kind: _Kind) -> Iterator[Event]:
    restore = kind.lines.validator.validate_json  # what the adapter calls, without its own steps
    try:
        with file.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    result = restore(line)
                except ValueError as error:
                    if not line.endswith(b"\n"):
                        return  # the run was killed while it wrote this line
                    raise StoreError(
                        f"{file}, line {number}, is damaged: {_mistake(error)}"
                    ) from None
                yield kind.event(result)
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(f"{file} cannot be read: {error.strerror}") from None


def _mistake(error: ValueError) -> str:
    """The first one, in a line."""
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(map(str, first["loc"]))
    return f"{where}: {first['msg']}" if where else first["msg"]

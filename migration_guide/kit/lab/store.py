"""A run is a folder: written while it runs, and read again as the same events.

Beside ``run.json`` there is a file of JSON lines for each kind of result; times are seconds of the
run. A run that was killed has all but its end.
"""

import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any, TextIO

from migration_guide.kit.lab.load_results import LoadStep
from migration_guide.kit.lab.results import (
    Cell,
    CellFinished,
    Event,
    FaultInfo,
    Latency,
    LoadMeasured,
    Measured,
    Planned,
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

RUN, HISTORY = "run.json", "history.ndjson"


class StoreError(RuntimeError):
    """A run's folder cannot be written, or is none; the message says what is wrong where."""


@dataclass(frozen=True)
class _Kind:
    """One kind of result: its file, and what goes into a line of it."""

    file: str
    event: Callable[[Any], Event]
    content: Callable[[Any], Any]
    restore: Callable[[dict[str, Any]], Any]


def _cell(line: dict[str, Any]) -> Cell:
    measured = line["measured"]
    if measured is not None:
        for name in ("latency_before", "latency_during", "latency_after"):
            measured[name] = measured[name] and Latency(**measured[name])
        line["measured"] = Measured(**measured)
    line["violations"] = tuple(line["violations"])
    return Cell(**line)


_OF_A_RECORD = {field.name for field in fields(Record)}


def _record(line: dict[str, Any]) -> Record:
    """As ``Record(**line)``, in half the time: a run may have half a million of them."""
    if line.keys() != _OF_A_RECORD:
        return Record(**line)
    record = object.__new__(Record)
    vars(record).update(line)
    return record


KINDS: Mapping[type[Any], _Kind] = {
    RequestFinished: _Kind(HISTORY, RequestFinished, lambda e: vars(e.record), _record),
    VitalsMeasured: _Kind(
        "vitals.ndjson", VitalsMeasured, lambda e: asdict(e.vitals), lambda line: Vitals(**line)
    ),
    CellFinished: _Kind("cells.ndjson", CellFinished, lambda e: asdict(e.cell), _cell),
    LoadMeasured: _Kind("load.ndjson", LoadMeasured, lambda e: asdict(e.step), LoadStep.from_dict),
}
"""In the order in which they are read again."""


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
    """Make *folder* for a run, or take it if it is empty.

    Raises:
        StoreError: something is there, or it cannot be made.

    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise StoreError(f"{folder} is not empty: a run is kept in a folder of its own")
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
        if self._run is None and not any(self.folder.iterdir()):
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
            "ended": ended and {"interrupted": ended.interrupted, "seconds": ended.seconds},
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
        StoreError: it is no run's folder, or a file there is damaged.

    """
    run, ended = _read_run(folder)
    yield RunStarted(run)
    for kind in KINDS.values():
        if kind.file != HISTORY or history:
            yield from _read(folder / kind.file, kind)
    if ended is None:
        yield RunFinished(interrupted=True, seconds=None)
    else:
        yield RunFinished(**ended)


def _read_run(folder: Path) -> tuple[RunInfo, dict[str, Any] | None]:
    file = folder / RUN
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise StoreError(
            f"{folder} is not the folder of a run: {RUN}: {error.strerror}. A run is made by"
            " port-kit compare"
        ) from None
    except ValueError as error:
        raise StoreError(f"{file} is damaged: {error}") from None
    try:
        if document["format"] > FORMAT:
            raise StoreError(f"{file} was written by a later version of port-kit: upgrade")
        del document["format"]
        ended = document.pop("ended")
        faults = {name: FaultInfo(**fault) for name, fault in document.pop("faults").items()}
        schedule = tuple(Planned(**cell) for cell in document.pop("schedule"))
        return RunInfo(**document, faults=faults, schedule=schedule), ended
    except (KeyError, TypeError, AttributeError) as error:
        raise StoreError(f"{file} is damaged: {error}") from None


def _read(file: Path, kind: _Kind) -> Iterator[Event]:
    if not file.exists():
        return
    size = file.stat().st_size
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                # Of bytes, json would first find out their encoding.
                result = kind.restore(json.loads(line.decode()))
            except (ValueError, KeyError, TypeError) as error:
                if lines.tell() == size and not line.endswith(b"\n"):
                    return  # the run was killed while it wrote this line
                raise StoreError(f"{file}, line {number}, is damaged: {error}") from None
            yield kind.event(result)

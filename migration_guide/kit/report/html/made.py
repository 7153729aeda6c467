"""How a run was made, and where its raw data lies."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from migration_guide.kit.lab.results import Planned, RunInfo
from migration_guide.kit.lab.store import HISTORY, RUN
from migration_guide.kit.report.html.profiles import in_order
from migration_guide.kit.report.summary import Results

FILES: Mapping[str, str] = {
    RUN: "what the run was made with: versions, machine, settings, faults, schedule",
    HISTORY: "every request, a line each: when it was sent and answered, and what came of it",
    "cells.ndjson": "the figures, claim and verdict of each cell, a line each",
    "vitals.ndjson": "memory and round trips of each service",
    "load.ndjson": "each step of load, a line each",
    "results.json": "the conclusions: verdict, scores, comparisons, what to watch",
}


@dataclass(frozen=True)
class Made:
    """*facts* are names and values, *settings* names and JSON."""

    facts: tuple[tuple[str, str], ...]
    settings: tuple[tuple[str, str], ...]
    schedule: tuple[Planned, ...]


def made(results: Results) -> Made | None:
    """Of a run that has started."""
    run = results.run
    if run is None:
        return None
    return Made(tuple(_facts(results, run)), tuple(_settings(run)), run.schedule)


def raw_files(results: Results, *, history: bool) -> list[tuple[str, str]]:
    """The files of this run's folder, and what is in them."""
    there = {
        HISTORY: history,
        "vitals.ndjson": bool(results.vitals),
        "load.ndjson": bool(results.load),
    }
    return [(name, about) for name, about in FILES.items() if there.get(name, True)]


def _facts(results: Results, run: RunInfo) -> Iterator[tuple[str, str]]:
    yield "Started", run.started
    if results.finished and results.finished.seconds is not None:
        yield "Took", f"{results.finished.seconds:,.0f} s"
    yield "Seed", str(run.seed)
    yield "Client's deadline", f"{run.client_deadline_s:g} s"
    for name, value in run.machine.items():
        yield f"Machine: {name}", str(value)
    for name, service in (run.services or {}).items():
        yield f"Service: {name}", str(service)
    yield "Versions", ", ".join(f"{name} {version}" for name, version in run.versions.items())


def _settings(run: RunInfo) -> Iterator[tuple[str, str]]:
    """By profile; stacks with the same ones together."""
    profiles = in_order(name for of in run.settings.values() for name in of)
    for profile in profiles:
        alike: dict[str, list[str]] = {}
        for stack, of in run.settings.items():
            if profile in of:
                alike.setdefault(_text(of[profile]), []).append(stack)
        for text, stacks in alike.items():
            yield f"{profile}: {', '.join(stacks)}", text


def _text(settings: Mapping[str, Any]) -> str:
    return json.dumps(settings, indent=2, default=dict)

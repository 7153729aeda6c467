"""The results as JSON, described by ``compare.schema.json`` beside this file."""

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from migration_guide.kit.lab.results import (
    Cell,
    CellFinished,
    Event,
    Measured,
    RunFinished,
    RunInfo,
    RunStarted,
    compare_hardened,
    find_uncovered,
)

FIGURES = (
    *("sent", "failed", "failed_during", "failed_after", "hung", "recovered"),
    *("recovery_s", "longest_failure_s"),
    *("lost_writes", "doubled_writes", "half_writes", "repeated_writes", "stock_off_by"),
    "leaked_connections",
)
LATENCIES = ("latency_before", "latency_during", "latency_after")


class JsonReport:
    """Collects the events of one run; a `document` may be had at any time after its start."""

    def __init__(self) -> None:
        self._run: RunInfo | None = None
        self._interrupted = True
        self._cells: list[Cell] = []

    def __call__(self, event: Event) -> None:
        match event:
            case RunStarted():
                self._run = event.run
            case CellFinished():
                self._cells.append(event.cell)
            case RunFinished():
                self._interrupted = event.interrupted

    @property
    def started(self) -> bool:
        return self._run is not None

    def document(self) -> dict[str, Any]:
        assert self._run is not None  # noqa: S101 -- `started` tells
        return {
            "run": asdict(self._run) | {"interrupted": self._interrupted},
            "cells": [_cell(cell) for cell in self._cells],
            "claims": count_claims(self._cells),
            "uncovered": find_uncovered(self._cells),
            "hardened": [
                {"fault": one.fault, "quart_is_worse": list(one.worse)}
                for one in compare_hardened(self._cells)
            ],
        }


def write(document: dict[str, Any], file: Path) -> None:
    """Write results to a file, or for ``-`` to stdout."""
    with click.open_file(file, "w", encoding="utf-8") as out:
        out.write(json.dumps(document, indent=2) + "\n")


def count_claims(cells: list[Cell]) -> dict[str, int]:
    counts = Counter(verdict(cell) for cell in cells)
    names = ("held", "failed", "skipped", "inconclusive", "no verdict")
    return {name.replace(" ", "_"): counts[name] for name in names}


def verdict(cell: Cell) -> str:
    """In a word or two."""
    if cell.status != "ran":
        return cell.status
    if cell.held is None:
        return "no verdict"
    return "held" if cell.held else "failed"


def _figures(measured: Measured | None) -> dict[str, Any]:
    figures: dict[str, Any] = {name: getattr(measured, name, None) for name in FIGURES}
    for name in ("recovery_s", "longest_failure_s"):
        figures[name] = figures[name] and round(figures[name], 4)
    for name in LATENCIES:
        latency = getattr(measured, name, None)
        figures[name] = latency and {
            "median_s": round(latency.median_s, 4),
            "longest_s": round(latency.longest_s, 4),
        }
    return figures


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "fault": cell.fault,
        "stack": cell.stack,
        "profile": cell.profile,
        "status": cell.status,
        "reason": cell.reason
        or "; ".join(cell.violations)
        or (None if cell.decides else cell.note),
        **_figures(cell.measured),
        "claim": cell.claim,
        "held": cell.held,
        "engine_options": cell.engine_options and dict(cell.engine_options),
        "seconds": round(cell.seconds, 2),
    }

"""The results as JSON, described by ``compare.schema.json`` beside this file."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from migration_guide.kit.lab.results import Cell, Measured, compare_hardened, find_uncovered
from migration_guide.kit.report.summary import Results, Summary
from migration_guide.kit.report.words import count_claims

FIGURES = (
    *("sent", "failed", "failed_during", "failed_after", "hung", "recovered"),
    *("recovery_s", "longest_failure_s"),
    *("lost_writes", "doubled_writes", "half_writes", "repeated_writes", "stock_off_by"),
    *("leaked_connections", "struck_s", "over_s", "late_s", "others_share"),
)
LATENCIES = ("latency_before", "latency_during", "latency_after")


def document(results: Results) -> dict[str, Any]:
    """Of a run that has started."""
    run = results.run
    assert run is not None  # noqa: S101 -- it has started
    about = asdict(run)
    del about["faults"], about["schedule"], about["load_steps"]
    summary = Summary(results)
    return {
        "run": about | {"interrupted": results.interrupted, "error": results.error},
        "verdict": summary.verdict,
        "cells": [_cell(cell) for cell in results.cells],
        "claims": count_claims(results.cells),
        "uncovered": find_uncovered(results.cells),
        "hardened": [
            {"fault": one.fault, "quart_is_worse": list(one.worse)}
            for one in compare_hardened(results.cells)
        ],
        "better": [
            {"fault": pair.fault, "profile": pair.profile, "better": pair.better}
            for pair in summary.pairs
        ],
        "scores": [asdict(score) for score in summary.scores],
        "load": [asdict(step) for step in results.load],
        "watch": list(summary.watch()),
        "missing": results.missing,
    }


def write(document: dict[str, Any], file: Path) -> None:
    """Write results to a file, or for ``-`` to stdout."""
    write_text(json.dumps(document, indent=2, default=dict) + "\n", file)


def write_text(text: str, file: Path) -> None:
    """Write to a file, or for ``-`` to stdout."""
    with click.open_file(file, "w", encoding="utf-8", errors="replace") as out:
        out.write(text)


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

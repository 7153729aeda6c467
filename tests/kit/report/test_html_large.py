"""The page of half a million requests: in how much time and memory, and how large it is."""

import json
import subprocess
import sys
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path

import pytest

from migration_guide.kit.lab.open_loop import Outcome
from migration_guide.kit.lab.results import RequestFinished
from migration_guide.kit.lab.store import HISTORY, Store

from .made_run import SPAN_S, MadeRun

pytestmark = pytest.mark.once

REQUESTS = 500_000
MOST_S, MOST_MB, MOST_BYTES = 20, 300, 1_000_000

# A process that has no other children, so that what is told of its children is told of this one.
MEASURE = """
import json, resource, subprocess, sys, time
began = time.monotonic()
subprocess.run([sys.executable, "-m", "migration_guide", *sys.argv[1:]], check=True)
seconds = time.monotonic() - began
size = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
unit = 1 if sys.platform == "darwin" else 1024
print(json.dumps({"seconds": seconds, "mb": size * unit / 2**20}))
"""


def write(folder: Path, outcome: Outcome) -> int:
    """A run whose history is far longer than the figures of its cells say: how many requests."""
    run = MadeRun(faults=[f"fault-{number}" for number in range(30)], requests=2)
    folder.mkdir()
    store = Store(folder)
    for event in run.events():
        if not isinstance(event, RequestFinished):
            store(event)
    store.close()
    a_cell = REQUESTS // len(run.keys) + 1
    latencies = cycle([0.004 * 1.013**power for power in range(400)])
    with (folder / HISTORY).open("w", encoding="utf-8") as file:
        for number, key in enumerate(run.keys):
            (record, *_) = run.records(key)
            marked = replace(record, outcome=outcome, start_s=-1.0, end_s=-2.0)
            head, rest = json.dumps(vars(marked), separators=(",", ":")).split("-1.0")
            middle, tail = rest.split("-2.0")
            for place, took_s in enumerate(islice(latencies, a_cell)):
                start_s = 10.0 * number + place * SPAN_S / a_cell
                file.write(f"{head}{start_s:.4f}{middle}{start_s + took_s:.4f}{tail}\n")
    return a_cell * len(run.keys)


@pytest.mark.parametrize("outcome", ["ok", "failed"])
def test_half_a_million_requests_are_a_small_page_soon(tmp_path: Path, outcome: Outcome) -> None:
    run, page = tmp_path / "run", tmp_path / "report.html"
    requests = write(run, outcome)
    command = [sys.executable, "-c", MEASURE, "report", str(run), "--html", str(page)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    took = json.loads(done.stdout)
    assert took["mb"] < MOST_MB
    assert took["seconds"] < MOST_S
    text = page.read_text(encoding="utf-8")
    assert len(text.encode()) < MOST_BYTES
    assert f"{requests:,} requests" in text
    assert ("The counts in words are exact." in text) == (outcome == "failed")

"""An audit that is interrupted leaves no process, and no traceback."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from migration_guide.kit.lab.waiting import wait_until

from ..test_command import APP

pytestmark = pytest.mark.once

FILES = 600
DEADLINE_S = 30.0


@pytest.fixture
def large(tmp_path: Path) -> Path:
    for number in range(FILES):
        (tmp_path / f"app{number}.py").write_text(APP * 20)
    return tmp_path


@pytest.fixture
def audit(large: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "migration_guide", "audit", str(large), "--jobs", "2"]
    process = subprocess.Popen(  # noqa: S603
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    yield process
    process.kill()
    process.communicate()


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
async def test_it_ends_with_all_its_processes(
    audit: subprocess.Popen[str], signum: signal.Signals, code: int
) -> None:
    async def works() -> bool:
        return len(psutil.Process(audit.pid).children()) == 2

    await wait_until(works, deadline_s=DEADLINE_S, what="the audit's processes")
    workers = psutil.Process(audit.pid).children()
    os.killpg(audit.pid, signum)  # as a terminal does
    out, err = audit.communicate(timeout=DEADLINE_S)
    assert audit.returncode == code
    assert "Traceback" not in err
    assert out == "", "it had not come to its report"

    async def gone() -> bool:
        return not any(one.is_running() for one in workers)

    await wait_until(gone, deadline_s=DEADLINE_S, what="the workers to end")


def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP * 200)
    command = f"{sys.executable} -m migration_guide audit {tmp_path} --all | head -n 1"
    done = subprocess.run(  # noqa: S603
        ["bash", "-c", command],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
        timeout=DEADLINE_S,
    )
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""

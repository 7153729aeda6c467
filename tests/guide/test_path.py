"""The path from the Flask service to the Quart one: each step fits, works, and leads back."""

import asyncio
import os
import sys
from pathlib import Path

import aiohttp
import pytest
from click.testing import CliRunner

from migration_guide.kit import path
from migration_guide.kit.cli import cli
from migration_guide.kit.lab import demo
from migration_guide.kit.lab.server import Server
from migration_guide.kit.path import PACKAGE, STEPS, PathError, back, forward, write

from .path_service import ServiceOnTheWay, stack_of

CONTRACT = ("export", "http", "observability", "orders", "products", "session", "unavailable")
"""The contract's tests that ask a running service."""

ROOT = Path(__file__).parents[2]
LAST = len(STEPS)


def files(folder: Path) -> dict[str, str]:
    return {
        str(one.relative_to(folder)): one.read_text(encoding="utf-8")
        for one in sorted(folder.rglob("*"))
        if one.is_file() and "__pycache__" not in one.parts
    }


def tree(folder: Path, number: int) -> Path:
    made = folder / str(number)
    write(number, made)
    return made


def test_it_leads_from_one_service_to_the_other_and_back(tmp_path: Path) -> None:
    kept = [files(tree(tmp_path, 0))]
    on_the_way = tree(tmp_path / "walked", 0)
    for step in STEPS:
        forward(step, on_the_way)
        kept.append(files(on_the_way))
    after = {
        f"{PACKAGE}/{name}": text.replace("async_app", PACKAGE)
        for name, text in files(path.AFTER).items()
        if name != "README.md"
    }
    assert kept[-1] == after
    for step in reversed(STEPS):
        assert files(on_the_way) == kept[step.number]
        back(step, on_the_way)
    assert files(on_the_way) == kept[0]
    before = files(path.BEFORE)
    assert {name.partition("/")[2] for name in kept[0]} >= before.keys()
    assert not [name for name, text in kept[0].items() if "flask_app" in text]


def test_a_step_that_does_not_fit_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control; and nothing is left half done."""
    before = tree(tmp_path, 0)
    view = before / PACKAGE / "views" / "products.py"
    view.write_text(view.read_text().replace("get_or_404", "first_or_404"))
    changed = files(before)
    with pytest.raises(PathError, match=r"1-select\.patch does not fit: .*views/products\.py"):
        forward(STEPS[0], before)
    assert files(before) == changed
    monkeypatch.setenv("PATH", "")
    with pytest.raises(PathError, match="git is needed"):
        forward(STEPS[1], before)


async def hold_to_the_contract(made: Path, server: Server, *tests: str) -> tuple[int, str]:
    """Run the contract's tests against it in a process of their own: exit code and output."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
        *("--server", server.url("postgres"), "--path-tree", str(made)),
        *(f"tests/contract/test_{name}.py" for name in tests),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    return process.returncode or 0, output.decode()


@pytest.mark.path
@pytest.mark.timeout(300)
@pytest.mark.parametrize("number", range(1, LAST + 1))
async def test_after_each_step_it_answers_as_before(
    number: int, server: Server, tmp_path: Path
) -> None:
    code, output = await hold_to_the_contract(tree(tmp_path, number), server, *CONTRACT)
    assert code == 0, output
    assert " passed" in output
    assert "failed" not in output.splitlines()[-1]


@pytest.mark.path
async def test_a_step_that_answers_otherwise_is_found_out(server: Server, tmp_path: Path) -> None:
    """The control."""
    made = tree(tmp_path, 3)
    view = made / PACKAGE / "views" / "products.py"
    view.write_text(view.read_text().replace("There is no such product.", "No such product."))
    code, output = await hold_to_the_contract(made, server, "products")
    assert code == 1, output
    assert "No such product." in output


@pytest.mark.path
async def test_forward_and_back_customers_keep_their_session_and_their_orders(
    server: Server, empty_database: str, tmp_path: Path
) -> None:
    """On one database, as each step is deployed after the one before it, and taken back."""
    url, secret = server.url(empty_database), os.urandom(16).hex()
    await demo.set_up(url)
    cookies = aiohttp.CookieJar(unsafe=True)
    orders: dict[int, object] = {}
    for number in (*range(LAST + 1), *reversed(range(LAST))):
        made = tmp_path / str(number)
        if not made.exists():
            write(number, made)
        service = ServiceOnTheWay(
            *(stack_of(number), url),
            tree=made,
            profile="same-settings",
            folder=tmp_path,
            secret_key=secret,
        )
        async with service, aiohttp.ClientSession(service.url, cookie_jar=cookies) as client:
            if not orders:
                credentials = {"email": demo.EMAIL, "password": demo.PASSWORD}
                (await client.post("/session", json=credentials)).raise_for_status()
            for order_id, order in orders.items():
                assert await (await client.get(f"/orders/{order_id}")).json() == order, number
            answer = await client.post(
                "/orders", json={"lines": [{"product_id": 1, "quantity": 1}]}
            )
            assert answer.status == 201, number
            order = await answer.json()
            orders[order["id"]] = order
    assert len(orders) == 2 * LAST + 1


def test_the_command_lists_the_steps_and_writes_a_tree(tmp_path: Path) -> None:
    listed = CliRunner().invoke(cli, ["path"])
    assert listed.exit_code == 0
    assert [line[:3] for line in listed.output.splitlines()] == [f"{n}  " for n in range(LAST + 1)]
    out = tmp_path / "new" / "tree"
    done = CliRunner().invoke(cli, ["path", "1", "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert files(out) == files(tree(tmp_path, 1))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("1",), "STEP and --out go together"),
        (("--out", "x"), "STEP and --out go together"),
        (("7", "--out", "x"), "7 is not in the range 0<=x<=6"),
        (("1", "--out", "."), ". is not empty"),
    ],
)
def test_a_wrong_call_is_explained(arguments: tuple[str, ...], message: str) -> None:
    done = CliRunner().invoke(cli, ["path", *arguments])
    assert done.exit_code == 2
    assert message in done.stderr

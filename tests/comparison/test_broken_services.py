"""The checker finds what a service does wrong: each mistake is made in a copy of the real one."""

import shutil
from pathlib import Path

import pytest

import async_app
from migration_guide.kit.lab.cell import Timing, measure
from migration_guide.kit.lab.faults import FAULTS
from migration_guide.kit.lab.journal import Journal
from migration_guide.kit.lab.results import Measured
from migration_guide.kit.lab.rig import set_up
from migration_guide.kit.lab.server import Server
from migration_guide.kit.lab.stacks import SETTINGS
from migration_guide.kit.lab.topology.direct import DIRECT

pytestmark = pytest.mark.once

JOURNAL = Journal("killed-at-commit", "quart", "hardened")
KEY = "    key = idempotency.read_key()\n"
NO_KEY = "    key = None\n"
COMMIT_FIRST = """    async with db.begin() as session:
        answer = await idempotency.claim(session, customer_id, key, payload) if key else None
        if answer is None:
            answer = await _place_order(session, customer_id, payload)
            if key:
                await idempotency.remember(session, customer_id, key, answer)
    return _respond(answer)
"""
ANSWER_FIRST = """    import asyncio

    transaction = db.begin()
    session = await transaction.__aenter__()
    answer = await idempotency.claim(session, customer_id, key, payload) if key else None
    if answer is None:
        answer = await _place_order(session, customer_id, payload)
        if key:
            await idempotency.remember(session, customer_id, key, answer)
    commit = asyncio.ensure_future(transaction.__aexit__(None, None, None))
    commit.add_done_callback(lambda done: done.exception())
    return _respond(answer)
"""
TAKE_STOCK = "        products[number].stock -= quantity\n"
TAKE_LESS = "        products[number].stock -= quantity - 1\n"


async def show(server: Server, folder: Path, right: str, wrong: str) -> Measured:
    """Break the connection at COMMIT of a service in which one thing is done wrong."""
    package = folder / "async_app"
    shutil.copytree(Path(async_app.__file__).parent, package)
    view = package / "views" / "orders.py"
    text = view.read_text()
    assert text.count(right) == 1
    view.write_text(text.replace(right, wrong))
    settings = SETTINGS["quart", "hardened"]
    async with (
        DIRECT.stand_up(server) as site,
        # A server process finds what is in its working folder first.
        set_up(site, settings, folder, f"port_kit_{folder.name}"[:60], "key") as rig,
    ):
        return await measure(FAULTS["killed-at-commit"], rig, Timing(), 1, JOURNAL)


@pytest.mark.parametrize(
    ("right", "wrong", "figures"),
    [
        (KEY, KEY, {}),
        (KEY, NO_KEY, {"doubled_writes", "half_writes"}),
        (COMMIT_FIRST, ANSWER_FIRST, {"lost_writes"}),
        (TAKE_STOCK, TAKE_LESS, {"stock_off_by"}),
    ],
    ids=["right", "without the key", "answered before the commit", "half-done"],
)
async def test_what_is_wrong_is_seen(
    server: Server, tmp_path: Path, right: str, wrong: str, figures: set[str]
) -> None:
    measured = await show(server, tmp_path, right, wrong)
    names = ("lost_writes", "doubled_writes", "half_writes", "stock_off_by")
    assert {name for name in names if getattr(measured, name)} == set(figures)

"""Both stacks under load, in the short variant of the stage."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

import psutil
import pytest
from sqlalchemy import make_url

from migration_guide.kit.lab import checker, stage
from migration_guide.kit.lab.faults import reset_peer
from migration_guide.kit.lab.faults.base import CellKey
from migration_guide.kit.lab.load_results import LoadStep, compare, summarise
from migration_guide.kit.lab.measuring import GENERATOR
from migration_guide.kit.lab.postgres import EmbeddedPostgres
from migration_guide.kit.lab.processes import freeze, thaw
from migration_guide.kit.lab.runner import Lab
from migration_guide.kit.lab.server import Server
from migration_guide.kit.lab.stage import (
    FULL,
    MIXED,
    MIXED_FAULT,
    QUICK,
    QUICK_CLIENTS,
    SLICE_S,
    LoadPlan,
    run_load,
)
from migration_guide.kit.lab.target import Target
from migration_guide.kit.lab.waiting import wait_until

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
async def lab(server: EmbeddedPostgres) -> AsyncIterator[Lab]:
    async with Lab(Server(make_url(server.url()), own=server)) as it:
        yield it


async def carry_out(lab: Lab, plan: LoadPlan) -> list[LoadStep]:
    async with aclosing(run_load(lab, plan)) as steps:
        return [step async for step in steps]


@pytest.fixture(scope="module")
async def quick(lab: Lab) -> list[LoadStep]:
    return await carry_out(lab, QUICK)


def test_each_turn_is_measured_in_its_order(quick: list[LoadStep]) -> None:
    assert [(step.round, *step.key) for step in quick] == [
        (turn.round, *turn.subject, turn.scenario.name, turn.clients) for turn in QUICK.turns()
    ]


def test_the_figures_of_each_step_are_whole(quick: list[LoadStep]) -> None:
    for step in quick:
        asked = step.ok + step.shed + step.failed + step.hung
        assert asked == step.clients * step.seconds
        assert step.offered_per_second == step.clients
        assert step.ok > 0, step
        assert sum(step.histogram) == step.ok
        assert sum(step.causes.values()) == step.failed
        assert None not in (step.p50_ms, step.max_ms, step.lateness_p99_ms, step.drained_s)
        assert min(step.memory_mb, step.memory_peak_mb, step.machine_busy) > 0
        assert step.others_share is not None
        if step.scenario == "report":
            assert step.p50_ms is not None
            assert step.p50_ms >= 50, "the database alone takes that long"


def test_only_a_fault_fails_requests_and_has_a_timeline(quick: list[LoadStep]) -> None:
    for step in quick:
        if step.scenario == MIXED_FAULT.name:
            assert step.fault == "reset-peer"
            assert step.fault_at_s is not None
            assert step.timeline is not None
            assert step.fault_at_s >= step.seconds / 2
            assert sum(one.ok for one in step.timeline) == step.ok
            assert sum(one.failed for one in step.timeline) == step.failed
        else:
            assert step.failed == 0, step.causes
            assert (step.fault, step.fault_at_s, step.timeline) == (None, None, None)


def test_the_rounds_are_summed_up(quick: list[LoadStep]) -> None:
    assert len(summarise(quick)) == len(quick)
    assert {(one.stack, one.profile) for one in compare(quick)} == {
        subject for subject in QUICK.subjects if subject != ("flask", "same-settings")
    }


async def test_a_fault_fails_what_is_in_flight_and_nothing_later(lab: Lab) -> None:
    """Also under `bare`: SQLAlchemy replaces the whole pool at the first dead connection, and under
    load that is seen at once. In the control, the same load without the fault, nothing fails."""
    report = replace(QUICK.scenarios[1], clients=(40,), seconds=2.0)  # always two in flight
    subjects: list[CellKey] = [("flask", "bare"), ("quart", "hardened")]
    scenarios = [report, replace(report, name="report-fault", fault=reset_peer.FAULT)]
    for step in await carry_out(lab, replace(QUICK, subjects=subjects, scenarios=scenarios)):
        if step.timeline is None:
            assert (step.ok, step.failed, step.hung) == (80, 0, 0)
            continue
        assert step.failed > 0
        assert step.fault_at_s is not None
        later = [one for one in step.timeline if one.at_s > step.fault_at_s + SLICE_S]
        assert later
        assert [one for one in later if one.failed or one.hung] == []


def test_each_round_begins_with_another_service() -> None:
    turns = list(FULL.turns())
    each = len(FULL.subjects)
    steps = [turns[first : first + each] for first in range(0, len(turns), each)]
    for step in steps:
        assert {turn.subject for turn in step} == set(FULL.subjects)
        assert len({(turn.round, turn.scenario.name, turn.clients) for turn in step}) == 1
        assert step[0].subject == FULL.subjects[step[0].round]
    assert len(steps) == FULL.rounds * sum(len(one.clients) for one in FULL.scenarios)


async def test_each_turn_begins_with_the_demo_data(lab: Lab) -> None:
    plan = replace(QUICK, subjects=[("quart", "hardened")], scenarios=[QUICK.scenarios[0]])
    rig = await lab.rig("quart", "hardened")
    for _ in range(2):
        (step,) = await carry_out(lab, plan)
        async with rig.server.connect(rig.database) as connection:
            orders = await connection.fetchval("SELECT count(*) FROM orders")
            assert orders == QUICK_CLIENTS / 2, "a third of 1.5 s, the warm-up included"
            assert await checker.stock_off_by(connection) == 0
        assert step.ok == QUICK_CLIENTS


async def test_a_step_that_breaks_the_service_is_told(
    server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    @asynccontextmanager
    async def freeze_it(target: Target[Any]) -> AsyncIterator[None]:
        freeze(target.service.pid)
        yield

    scenario = replace(
        QUICK.scenarios[0], fault=replace(reset_peer.FAULT, inject=freeze_it, outage_s=0)
    )
    plan = replace(QUICK, subjects=[("quart", "hardened")], scenarios=[scenario] * 2)
    async with Lab(Server(make_url(server.url()), own=server)) as lab:
        rig = await lab.rig("quart", "hardened")
        monkeypatch.setattr(stage, "DRAIN_DEADLINE_S", 3.0)
        try:
            async with aclosing(run_load(lab, plan)) as steps:
                step = await anext(steps)
                with pytest.raises(TimeoutError, match="to be well after the load"):
                    await anext(steps)
        finally:
            thaw(rig.service.pid)
    assert step.hung > 0
    assert step.drained_s is None


def generators() -> list[psutil.Process]:
    found = []
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):  # it has just ended
            if GENERATOR in process.cmdline():
                found.append(process)
    return found


async def test_cancelled_in_the_middle_it_leaves_nothing(lab: Lab) -> None:
    """Neither the generator nor the fault that was to come."""
    scenario = replace(MIXED, clients=(100,), seconds=30.0, fault=MIXED_FAULT.fault)
    plan = replace(QUICK, subjects=[("quart", "hardened")], scenarios=[scenario])
    rig = await lab.rig("quart", "hardened")
    tasks = asyncio.all_tasks()
    running = asyncio.create_task(carry_out(lab, plan))
    await wait_until(lambda: bool(generators()), deadline_s=30, what="the generator")
    (generator,) = generators()

    async def is_asked() -> bool:
        async with rig.server.connect(rig.database) as connection:
            return bool(await connection.fetchval("SELECT count(*) FROM orders"))

    await wait_until(is_asked, deadline_s=30, what="the load")
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not generator.is_running()
    assert asyncio.all_tasks() <= tasks
    # The service goes on, for whatever comes next.
    (step,) = await carry_out(lab, replace(plan, scenarios=[QUICK.scenarios[0]]))
    assert step.ok == QUICK_CLIENTS

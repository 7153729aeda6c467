"""Random schedules can be drawn again, overlap, and leave the lab as they found it."""

import dataclasses
import itertools

import pytest

from migration_guide.kit.lab import schedule
from migration_guide.kit.lab.runner import Lab
from migration_guide.kit.lab.schedule import LANES, Episode, draw


def test_the_same_seed_draws_the_same_and_another_one_something_else() -> None:
    assert draw(7, 60) == draw(7, 60)
    assert draw(7, 60) != draw(8, 60)


def test_faults_of_different_lanes_overlap_and_those_of_one_do_not() -> None:
    episodes = draw(1, 300)
    overlapping = 0
    for first, second in itertools.combinations(episodes, 2):
        overlaps = second.at_s < first.at_s + first.lasts_s
        assert not (overlaps and first.lane == second.lane)
        overlapping += overlaps
    assert overlapping > 10
    assert {episode.fault.name for episode in episodes} == {
        fault.name for lane in LANES for fault in lane
    }


async def test_after_a_schedule_nothing_is_lost_and_all_is_well(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A short one, with the server away at its end, whose healing the next cell would miss."""
    monkeypatch.setattr(schedule, "PAUSE_S", (0.1, 0.5))
    monkeypatch.setattr(schedule, "OUTAGE_S", (0.2, 1.0))
    fault = schedule.as_fault(3, 4)
    cell = await lab.run_cell(fault, "quart", "hardened", seed=1)
    assert cell.status == "ran", cell
    assert cell.violations == (), cell
    assert cell.measured is not None
    assert cell.measured.failed > 0, "the faults were real"
    assert lab.server.own.running


def test_an_episode_is_told_in_words() -> None:
    episode = Episode(0, LANES[0][0], 1.23, 0.0)
    assert str(episode) == "at 1.2 s backend-killed"
    assert str(dataclasses.replace(episode, lasts_s=2.0)) == "at 1.2 s backend-killed for 2.0 s"

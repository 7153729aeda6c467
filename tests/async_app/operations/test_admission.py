"""When those who are refused are told to come back."""

from collections import Counter

import pytest
from sqlalchemy.pool import AsyncAdaptedQueuePool

from async_app.operations import admission
from async_app.operations.admission import FIRST_RATE, LONGEST_RETRY_S, Admission, OverloadedError


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(admission, "time", clock)
    return clock


@pytest.fixture
def crowded() -> Admission:
    """Two places at the pool, both taken, and two in its queue, one of which is."""
    pool = AsyncAdaptedQueuePool(lambda: None, pool_size=2, max_overflow=0)  # type: ignore[arg-type]
    it = Admission(pool, limit=2)
    it._places = 3
    return it


def serve(crowded: Admission, clock: Clock, *, rate: float, seconds: float) -> None:
    """Let requests end at *rate*, while others wait."""
    for _ in range(round(rate * seconds)):
        clock.now += 1 / rate
        with crowded.place():
            pass


def told(crowded: Admission, count: int) -> Counter[int]:
    return Counter(crowded.retry_after_s() for _ in range(count))


def test_a_place_beyond_the_limit_is_refused(crowded: Admission) -> None:
    with crowded.place():
        assert (crowded.capacity, crowded.waiting, crowded.is_full) == (2, 2, True)
        with pytest.raises(OverloadedError), crowded.place():
            pass
    assert not crowded.is_full


@pytest.mark.usefixtures("clock")
def test_each_second_as_many_are_told_to_come_as_can_be_served(crowded: Admission) -> None:
    seconds = told(crowded, int(4 * FIRST_RATE))
    assert set(seconds) - {5} == {1, 2, 3, 4}
    assert seconds[2] == FIRST_RATE


def test_that_many_is_what_has_been_measured(crowded: Admission, clock: Clock) -> None:
    serve(crowded, clock, rate=50, seconds=30)
    assert 45 <= told(crowded, 250)[2] <= 55


def test_without_others_who_wait_the_pace_is_no_measure(clock: Clock) -> None:
    pool = AsyncAdaptedQueuePool(lambda: None, pool_size=2, max_overflow=0)  # type: ignore[arg-type]
    quiet = Admission(pool, limit=2)
    serve(quiet, clock, rate=50, seconds=30)
    assert told(quiet, int(4 * FIRST_RATE))[2] == FIRST_RATE


@pytest.mark.usefixtures("clock")
def test_those_who_are_too_many_are_spread(crowded: Admission) -> None:
    """And nobody waits for ever."""
    seconds = told(crowded, 100_000)
    assert max(seconds) == LONGEST_RETRY_S
    assert max(seconds.values()) < 25_000


def test_who_comes_when_all_is_quiet_again_comes_soon(crowded: Admission, clock: Clock) -> None:
    told(crowded, 100_000)
    clock.now += LONGEST_RETRY_S
    assert crowded.retry_after_s() == 1

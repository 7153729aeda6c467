"""What a comparison under load measures, and how its rounds are summed up."""

import statistics
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from pydantic import ConfigDict, with_config

kept = with_config(ConfigDict(extra="forbid", strict=True))
"""Marks what is read again from a run's folder: other names or types there are damage."""

BINS_A_DECADE = 10
BINS = 40
BIN_EDGES_MS = tuple(10 ** (number / BINS_A_DECADE) for number in range(BINS + 1))
"""From 1 ms to 10 s; the first bin also holds what was quicker, the last what was slower."""

BUSY_LIMIT = 0.9
"""Of a processor: a generator or a proxy that is busier sets the pace itself."""
LATE_LIMIT_MS = 20.0
"""At the 99th percentile: a generator that sends later measures itself."""
OTHERS_LIMIT = 0.1
SPARE_LIMIT = 0.2
"""Of all processors: others that take more than the first leave too little, where less than the
second is spare."""

NOISE_SHARE = 0.1
"""Of a figure: what differs by less is taken for noise."""

Key = tuple[str, str, str, int]
"""Stack, profile, scenario, clients."""


def is_load_limited(busy: float, lateness_p99_ms: float | None) -> bool:
    """Whether *busy*, the busier of generator and proxy, or lateness passes its limit."""
    return busy > BUSY_LIMIT or (lateness_p99_ms or 0.0) > LATE_LIMIT_MS


def is_disturbed(machine_busy: float, others_share: float | None) -> bool | None:
    """Whether others took what the measurement needed; None where it is not known."""
    if others_share is None:
        return None
    return others_share > OTHERS_LIMIT and 1 - machine_busy < SPARE_LIMIT


def bin_of(latency_ms: float) -> int:
    """In which bin of a histogram a latency counts."""
    return min(max(bisect_right(BIN_EDGES_MS, latency_ms) - 1, 0), BINS - 1)


@kept
@dataclass(frozen=True)
class Slice:
    """What became of the requests that were due in a slice of a step's time.

    Attributes:
        at_s: when it begins, from the beginning of what counts.
        worst_ms: the longest time from when a request was due to its answer, whatever that says, or
            to the break of its connection; None where there was none of both.

    """

    at_s: float
    ok: int
    shed: int
    failed: int
    hung: int
    worst_ms: float | None


@kept
@dataclass(frozen=True)
class LoadStep:
    """So many clients of one service, for a while; None is what was not measured.

    ok, shed, failed and hung are disjoint and count the requests that were due in that while: with
    success; refused because too many wait already; another answer, or a broken connection; and no
    answer within the client's deadline. No client asks again. Times are those of ok, and count from
    when a request was due.

    Attributes:
        clients: each wants one request a second, at even intervals.
        round: from 0 on.
        offered_per_second: requests that were due.
        per_second: answers with success that came in the while, whenever they were due.
        causes: of failed.
        histogram: how many of ok took how long, see `BIN_EDGES_MS`.
        lateness_p99_ms, lateness_max_ms: by how much later than due the generator sent.
        generator_busy, proxy_busy: the share of a processor that they took; the second is of the
            process in which the fault proxies run.
        machine_busy: the share of all processors that was in use, by whomever.
        others_share: the share of them that was taken by what has no part in the comparison; None
            where the database server is not the lab's own, and so not told from the others.
        load_limited: whether generator or proxy, not the service, may have been the limit: they
            were too busy, or the generator was kept from sending in time.
        disturbed: whether others took so much of the machine that the figures are of little worth.
        memory_mb, memory_peak_mb: of the process that answers, before and at most.
        processor_us: its processor time for each answer with success.
        drained_s: how long after the last client had its answer or gave up the service was well
            again, with nothing left to do; None where it was not, within a minute.
        fault_at_s: when the fault struck, from the beginning of what counts.
        timeline: of a step with a fault.

    """

    stack: str
    profile: str
    scenario: str
    clients: int
    round: int
    seconds: float
    offered_per_second: float
    per_second: float
    ok: int
    shed: int
    failed: int
    hung: int
    causes: dict[str, int]
    p50_ms: float | None
    p90_ms: float | None
    p99_ms: float | None
    max_ms: float | None
    histogram: tuple[int, ...]
    lateness_p99_ms: float | None
    lateness_max_ms: float | None
    generator_busy: float
    proxy_busy: float
    machine_busy: float
    others_share: float | None
    load_limited: bool
    disturbed: bool | None
    memory_mb: float
    memory_peak_mb: float
    processor_us: float | None
    drained_s: float | None = None
    fault: str | None = None
    fault_at_s: float | None = None
    timeline: tuple[Slice, ...] | None = None

    @classmethod
    def from_dict(cls, figures: Mapping[str, Any]) -> Self:
        """Restore what `dataclasses.asdict` made, also by way of JSON."""
        timeline = figures["timeline"]
        restored = {
            "histogram": tuple(figures["histogram"]),
            "timeline": None if timeline is None else tuple(Slice(**one) for one in timeline),
        }
        return cls(**{**figures, **restored})

    @property
    def key(self) -> Key:
        return self.stack, self.profile, self.scenario, self.clients


COMPARED = ("per_second", "p50_ms", "p90_ms", "p99_ms", "memory_peak_mb", "processor_us")


@dataclass(frozen=True)
class LoadSummary:
    """All rounds of a step.

    Of requests and histogram the sums, of the figures the medians; load_limited and disturbed, if
    any round was.
    """

    stack: str
    profile: str
    scenario: str
    clients: int
    rounds: int
    offered_per_second: float
    ok: int
    shed: int
    failed: int
    hung: int
    causes: dict[str, int]
    histogram: tuple[int, ...]
    load_limited: bool
    disturbed: bool
    per_second: float | None
    p50_ms: float | None
    p90_ms: float | None
    p99_ms: float | None
    max_ms: float | None
    memory_mb: float | None
    memory_peak_mb: float | None
    processor_us: float | None
    drained_s: float | None
    lateness_p99_ms: float | None

    @property
    def key(self) -> Key:
        return self.stack, self.profile, self.scenario, self.clients

    @property
    def lost(self) -> int:
        """Requests without an answer with success."""
        return self.shed + self.failed + self.hung

    @property
    def doubtful(self) -> bool:
        """Whether something else than the service may have been the limit."""
        return self.load_limited or self.disturbed


def summarise(steps: Iterable[LoadStep]) -> list[LoadSummary]:
    """One for each service and step, in the order in which they were first measured."""
    return [_summary(list(rounds.values())) for rounds in _by_key(steps).values()]


def _by_key(steps: Iterable[LoadStep]) -> dict[Key, dict[int, LoadStep]]:
    found: dict[Key, dict[int, LoadStep]] = defaultdict(dict)
    for step in steps:
        found[step.key][step.round] = step
    return dict(found)


def _summary(steps: Sequence[LoadStep]) -> LoadSummary:
    stack, profile, scenario, clients = steps[0].key
    causes: Counter[str] = Counter()
    for step in steps:
        causes.update(step.causes)
    return LoadSummary(
        *(stack, profile, scenario, clients, len(steps), steps[0].offered_per_second),
        ok=sum(step.ok for step in steps),
        shed=sum(step.shed for step in steps),
        failed=sum(step.failed for step in steps),
        hung=sum(step.hung for step in steps),
        causes=dict(causes),
        histogram=tuple(map(sum, zip(*(step.histogram for step in steps), strict=True))),
        load_limited=any(step.load_limited for step in steps),
        disturbed=any(step.disturbed for step in steps),
        per_second=_median(steps, "per_second"),
        p50_ms=_median(steps, "p50_ms"),
        p90_ms=_median(steps, "p90_ms"),
        p99_ms=_median(steps, "p99_ms"),
        max_ms=_median(steps, "max_ms"),
        memory_mb=_median(steps, "memory_mb"),
        memory_peak_mb=_median(steps, "memory_peak_mb"),
        processor_us=_median(steps, "processor_us"),
        drained_s=_median(steps, "drained_s"),
        lateness_p99_ms=_median(steps, "lateness_p99_ms"),
    )


def _median(steps: Sequence[LoadStep], figure: str) -> float | None:
    """None where no round has the figure."""
    found = [value for step in steps if (value := getattr(step, figure)) is not None]
    return round(statistics.median(found), 3) if found else None


@dataclass(frozen=True)
class LoadRatio:
    """How many times a figure of one service is that of another, taken within each round.

    Attributes:
        differs: whether each round has the same one larger, by more than `NOISE_SHARE`: that they
            only agree would be chance in half of all pairs of rounds. None of a single round, of
            which nobody knows how much of it is noise.
        load_limited, disturbed: whether any of the steps was.

    """

    figure: str
    scenario: str
    clients: int
    stack: str
    profile: str
    against_stack: str
    against_profile: str
    rounds: int
    median: float
    least: float
    most: float
    differs: bool | None
    load_limited: bool
    disturbed: bool


def compare(
    steps: Iterable[LoadStep], against: tuple[str, str] = ("flask", "same-settings")
) -> Iterator[LoadRatio]:
    """Each of the other services against *against*, a stack and a profile, in each step.

    Within a round, since what disturbs the machine disturbs the services of a round alike.
    """
    by_key = _by_key(steps)
    for (stack, profile, scenario, clients), rounds in by_key.items():
        others = by_key.get((*against, scenario, clients), {})
        if (stack, profile) == against:
            continue
        pairs = [(step, others[number]) for number, step in rounds.items() if number in others]
        for figure in COMPARED:
            quotients = list(_quotients(pairs, figure))
            if not quotients:
                continue
            least, most = min(quotients), max(quotients)
            yield LoadRatio(
                *(figure, scenario, clients, stack, profile, *against, len(quotients)),
                median=round(statistics.median(quotients), 3),
                least=round(least, 3),
                most=round(most, 3),
                differs=_apart(least, most) if len(quotients) > 1 else None,
                load_limited=any(one.load_limited for pair in pairs for one in pair),
                disturbed=any(one.disturbed for pair in pairs for one in pair),
            )


def _apart(least: float, most: float) -> bool:
    return least > 1 + NOISE_SHARE or most < 1 / (1 + NOISE_SHARE)


def _quotients(pairs: Iterable[tuple[LoadStep, LoadStep]], figure: str) -> Iterator[float]:
    """Of the rounds in which both have the figure."""
    for step, other in pairs:
        mine, theirs = getattr(step, figure), getattr(other, figure)
        if mine is not None and theirs:
            yield mine / theirs

"""What was measured over HTTP, collected while it is, and summed up for the reports."""

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from migration_guide.kit.bench.http.plan import FLASK, HARDENED, NAIVE, Scenario, Served, Setting
from migration_guide.kit.lab.usage import CpuShare

LIMIT = 0.9
"""Of a processor: a load or a proxy that is busier sets the pace itself."""

Sample = dict[str, Any]
Key = tuple[float, int, str, str]
"""Delay in ms, pool, scenario, service."""

MEDIANS = ("per_second", "median_ms", "p99_ms", "p99_with_retries_ms", "load_busy", "seconds")
SUMS = ("ok", "shed", "failed", "hung")


@dataclass(frozen=True)
class Ratio:
    """How many times *figure* of one series is that of another, taken within each round."""

    name: str
    figure: str
    delay_ms: float
    pool: int
    of: tuple[str, Served]
    against: tuple[str, Served]


RATIOS = (
    Ratio("read", "per_second", 0, 15, ("read", HARDENED), ("read", FLASK)),
    Ratio("read_naive", "per_second", 0, 15, ("read", NAIVE), ("read", FLASK)),
    Ratio("write", "per_second", 0, 15, ("write", HARDENED), ("write", FLASK)),
    Ratio("read_delayed", "per_second", 10, 15, ("read", HARDENED), ("read", FLASK)),
    Ratio("read_delayed_small_pool", "per_second", 10, 5, ("read", HARDENED), ("read", FLASK)),
    Ratio("crowd", "per_second", 0, 15, ("crowd", HARDENED), ("crowd", FLASK)),
    Ratio("crowd_p99", "p99_ms", 0, 15, ("crowd", HARDENED), ("crowd", FLASK)),
    Ratio("burst", "per_second", 0, 15, ("burst", HARDENED), ("steady", HARDENED)),
)


@dataclass
class HttpResults:
    """Of one run. A `document` may be had at any time after `run` is known."""

    run: dict[str, Any] | None = None
    interrupted: bool = True
    samples: list[Sample] = field(default_factory=list)
    cpu: CpuShare = field(default_factory=CpuShare)

    def add(
        self, setting: Setting, scenario: Scenario, served: Served, turn: int, sample: Sample
    ) -> None:
        self.samples.append(
            {
                "delay_ms": setting.delay_ms,
                "pool": setting.pool,
                "scenario": scenario.name,
                "title": scenario.title,
                "clients": scenario.clients,
                "service": served.name,
                "round": turn,
                **sample,
                "proxy_busy": sample["proxy_busy"] if setting.delay_ms else None,
            }
        )

    def document(self) -> dict[str, Any]:
        return {
            "run": {**(self.run or {}), "interrupted": self.interrupted},
            "samples": self.samples,
            "results": list(_summarise(self.samples)),
            "ratios": list(_ratios(self.samples)),
            "memory": list(_memory(self.samples)),
        }


def _series(samples: list[Sample]) -> dict[Key, dict[int, Sample]]:
    """The samples of each key by round, in the order in which they were taken."""
    series: dict[Key, dict[int, Sample]] = defaultdict(dict)
    for one in samples:
        key = one["delay_ms"], one["pool"], one["scenario"], one["service"]
        series[key][one["round"]] = one
    return dict(series)


def _summarise(samples: list[Sample]) -> Iterator[dict[str, Any]]:
    """Medians over the rounds; of answers and failures the sums."""
    for rounds in _series(samples).values():
        taken = list(rounds.values())
        first = taken[0]
        about = {name: first[name] for name in ("delay_ms", "pool", "scenario", "title", "clients")}
        sums = {name: sum(one[name] for one in taken) for name in SUMS}
        asked = sum(sums.values())
        busy = [one["proxy_busy"] for one in taken if one["proxy_busy"] is not None]
        yield {
            **about,
            "service": first["service"],
            **sums,
            "shed_share": round(sums["shed"] / asked, 3) if asked else None,
            **{name: _median(taken, itemgetter(name)) for name in MEDIANS},
            "processor_us": _median(
                taken, lambda one: one["processor_s"] / one["ok"] * 1e6 if one["ok"] else None
            ),
            "proxy_busy": round(statistics.median(busy), 2) if busy else None,
            "load_limited": statistics.median(one["load_busy"] for one in taken) > LIMIT,
        }


def _median(taken: list[Sample], figure: Callable[[Sample], float | None]) -> float | None:
    """None where no round has the figure."""
    figures = [found for one in taken if (found := figure(one)) is not None]
    return round(statistics.median(figures), 2) if figures else None


def _ratios(samples: list[Sample]) -> Iterator[dict[str, Any]]:
    """Of each round, since what disturbs the machine disturbs the services of a round alike."""
    series = _series(samples)
    for ratio in RATIOS:
        of, against = (
            series.get((ratio.delay_ms, ratio.pool, name, served.name), {})
            for name, served in (ratio.of, ratio.against)
        )
        quotients = [
            of[turn][ratio.figure] / against[turn][ratio.figure]
            for turn in of.keys() & against.keys()
            if of[turn][ratio.figure] and against[turn][ratio.figure]
        ]
        if quotients:
            yield {
                "name": ratio.name,
                "figure": ratio.figure,
                "of": {"scenario": ratio.of[0], "service": ratio.of[1].name},
                "against": {"scenario": ratio.against[0], "service": ratio.against[1].name},
                "median": round(statistics.median(quotients), 2),
                "least": round(min(quotients), 2),
                "most": round(max(quotients), 2),
            }


def _memory(samples: list[Sample]) -> Iterator[dict[str, Any]]:
    """Of a worker that has answered reads; and what a crowd of clients adds, scaled to 1,000."""
    for service in dict.fromkeys(one["service"] for one in samples):
        own = [one for one in samples if one["service"] == service]
        read = [one["memory_peak_mb"] for one in own if one["scenario"] == "read"]
        grown = [
            (one["memory_peak_mb"] - one["memory_before_mb"]) / one["clients"] * 1000
            for one in own
            if one["scenario"] == "crowd"
        ]
        if read:
            yield {
                "service": service,
                "worker_mb": round(statistics.median(read), 1),
                # Memory that was taken once is not given back: only the first crowd shows it.
                "waiting_mb_per_1000": round(max(grown), 1) if grown else None,
            }

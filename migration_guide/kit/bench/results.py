"""What was measured, collected while it is, and summed up for the reports."""

import statistics
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from migration_guide.kit.bench import variants
from migration_guide.kit.lab.usage import CpuShare

PAIRS = (
    ("whole", variants.IN_AUTOCOMMIT, variants.NAIVE_PORT),
    ("engine", variants.IN_TRANSACTION, variants.NAIVE_PORT),
    ("autocommit", variants.IN_AUTOCOMMIT, variants.IN_TRANSACTION),
    ("autocommit_alone", variants.STOCK_AUTOCOMMIT, variants.NAIVE_PORT),
    ("raw_pool", variants.RAW_POOL, variants.IN_AUTOCOMMIT),
    ("psycopg2", variants.IN_AUTOCOMMIT, "psycopg2, same-settings"),
)

Sample = dict[str, Any]
Key = tuple[float, int, str, str]
"""Delay in ms, tasks, variant, operation."""


@dataclass
class Results:
    """Of one run. A `document` may be had at any time after `run` is known."""

    run: dict[str, Any] | None = None
    interrupted: bool = True
    network: list[dict[str, Any]] = field(default_factory=list)
    round_trips: dict[str, dict[str, int]] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)
    _cpu: CpuShare = field(default_factory=CpuShare)

    def receive(self, message: Mapping[str, Any]) -> None:
        """Take in a line of the measuring process."""
        if counted := message.get("counted"):
            self.round_trips[counted["variant"]] = counted["round_trips"]
        if trip := message.get("round_trip"):
            self.network.append(trip)
        if sample := message.get("sample"):
            busy = self._cpu.since_last()
            self.samples.append({**sample, "proxy_busy": busy if sample["delay_ms"] else None})

    def document(self) -> dict[str, Any]:
        return {
            "run": {**(self.run or {}), "network": self.network, "interrupted": self.interrupted},
            "round_trips": self.round_trips,
            "times": _summarise(self.samples),
            "ratios": ratios(self.samples),
        }


def _summarise(samples: list[Sample]) -> list[dict[str, Any]]:
    """Median and spread of each series, in the order in which they were taken."""
    summary = []
    for (delay, tasks, name, operation), series in _series(samples).items():
        times = [sample["us"] for sample in series.values()]
        median = statistics.median(times)
        low, high = (
            (statistics.quantiles(times, n=4)[i] for i in (0, 2)) if len(times) > 1 else times * 2
        )
        busy = [sample["proxy_busy"] for sample in series.values() if delay]
        summary.append(
            {
                "delay_ms": delay,
                "tasks": tasks,
                "variant": name,
                "operation": operation,
                "median_us": round(median, 1),
                "quartiles_us": [round(low, 1), round(high, 1)],
                "per_second": round(1e6 / median, 1),
                "proxy_busy": round(statistics.median(busy), 2) if busy else None,
            }
        )
    return summary


def ratios(samples: list[Sample]) -> list[dict[str, Any]]:
    """How many times the reads per second of one variant are those of another.

    Medians over the rounds of the ratio within each round, since what disturbs the machine
    disturbs the variants of a round alike.
    """
    series = _series(samples)
    found = []
    for delay, tasks in dict.fromkeys((delay, tasks) for delay, tasks, _, _ in series):
        for name, of, against in PAIRS:
            fast, slow = (series.get((delay, tasks, each, "read"), {}) for each in (of, against))
            # An interrupted run may have one of the two alone.
            quotients = [slow[i]["us"] / fast[i]["us"] for i in fast.keys() & slow.keys()]
            if not quotients:
                continue
            found.append(
                {
                    "name": name,
                    "delay_ms": delay,
                    "tasks": tasks,
                    "of": of,
                    "against": against,
                    "median": round(statistics.median(quotients), 2),
                    "least": round(min(quotients), 2),
                    "most": round(max(quotients), 2),
                }
            )
    return found


def _series(samples: list[Sample]) -> dict[Key, dict[int, Sample]]:
    """The samples of each key by round."""
    series: dict[Key, dict[int, Sample]] = defaultdict(dict)
    for sample in samples:
        key = sample["delay_ms"], sample["tasks"], sample["variant"], sample["operation"]
        series[key][sample["round"]] = sample
    return dict(series)
